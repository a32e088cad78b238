//! Errors that are failures of the server, a 500 each: those of this crate, of the standard library,
//! of `serde_json`, `http` and tokio. An error of another crate gets its status where it occurs
//! ([`OrStatus`](super::OrStatus)), because a list of crates would never be complete.

use std::{char, env, fmt, io, net, num, str, string, sync::mpsc, time};

use tokio::sync::{AcquireError, broadcast, oneshot, watch};
use tremolo_core::Misuse;

use super::{Error, ResponseError, WebSocketError};

impl ResponseError for Error {}
impl ResponseError for Misuse {}
impl ResponseError for WebSocketError {}

impl ResponseError for char::ParseCharError {}
impl ResponseError for env::VarError {}
impl ResponseError for fmt::Error {}
impl ResponseError for io::Error {}
impl ResponseError for mpsc::RecvError {}
impl ResponseError for net::AddrParseError {}
impl ResponseError for num::ParseFloatError {}
impl ResponseError for num::ParseIntError {}
impl ResponseError for num::TryFromIntError {}
impl ResponseError for str::ParseBoolError {}
impl ResponseError for str::Utf8Error {}
impl ResponseError for string::FromUtf8Error {}
impl ResponseError for time::SystemTimeError {}

impl ResponseError for http::Error {}
impl ResponseError for serde_json::Error {}
impl ResponseError for tokio::task::JoinError {}
impl ResponseError for tokio::time::error::Elapsed {}
impl ResponseError for AcquireError {}
impl ResponseError for broadcast::error::RecvError {}
impl ResponseError for oneshot::error::RecvError {}
impl ResponseError for watch::error::RecvError {}
