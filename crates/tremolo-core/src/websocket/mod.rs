//! The WebSocket protocol (RFC 6455) with permessage-deflate (RFC 7692), for a server, without I/O.
//!
//! [`Handshake::read`] checks the request head. After the `101` a [`Session`] converts received
//! bytes to messages, and messages to the bytes to send. It knows neither the connection nor a
//! clock: bytes and instants are arguments.
//!
//! **After each call, take the output with [`Session::drain_output`], take the message with
//! [`Session::poll_message`], and sleep until [`Session::poll_deadline`]**: this is the contract of
//! a driver.

mod close;
mod close_code;
#[cfg(feature = "websocket-deflate")]
mod compressor;
#[cfg(not(feature = "websocket-deflate"))]
#[path = "no_compressor.rs"]
mod compressor;
mod deflate;
mod error;
mod frame;
mod handshake;
mod keep_alive;
mod mask;
mod message;
mod options;
mod output;
mod prepared;
mod receiver;
mod sender;
mod session;
#[cfg(test)]
mod tests;
mod utf8;

pub use self::close::CloseFrame;
pub use self::close_code::CloseCode;
pub use self::deflate::{DeflateParams, DeflatePool};
pub use self::error::{SendError, Violation};
pub(crate) use self::frame::EncodedHead;
pub use self::frame::{Opcode, encode_frame};
pub use self::handshake::{Handshake, Refusal};
pub use self::message::{Message, MessageKind};
pub use self::options::{Delivery, Options};
pub use self::prepared::PreparedMessage;
pub(crate) use self::receiver::FIRST_ROOM;
pub use self::session::{HandlerEnd, Session};
