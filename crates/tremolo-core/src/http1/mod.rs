//! The wire grammar of HTTP/1.x: stateless, independent of the connection (RFC 9112).

pub mod body;
pub mod fields;
pub(crate) mod grammar;
mod header_map;
pub mod request;
pub mod response;
