//! What `tower` services and layers get and give: `http::Request` and `http::Response`.
//!
//! The only module that uses `tower-service`, `tower-layer` and `http-body`, with
//! [`TowerService`](crate::TowerService). It translates heads and passes bodies on, piece by piece;
//! the engine decides what may be sent, and how.

#[cfg(feature = "axum")]
mod axum;
#[cfg(not(feature = "axum"))]
#[path = "no_axum.rs"]
mod axum;
mod body;
mod failure;
mod layer;
mod local;
mod next_body;
mod next_service;
mod request;
mod response;

pub(crate) use self::axum::Upgrade;
pub use self::body::TowerBody;
pub use self::failure::ReplyError;
pub(crate) use self::failure::failure;
pub use self::layer::TowerLayer;
pub use self::next_body::NextBody;
pub use self::next_service::{NextFuture, NextService};
pub(crate) use self::request::request_of;
pub use self::request::{ClientAddress, OriginalUri};
pub(crate) use self::response::answer_of;
