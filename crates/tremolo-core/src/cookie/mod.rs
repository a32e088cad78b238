//! Cookies (RFC 6265, with `SameSite` and name prefixes as of its successor draft).
//!
//! [`SetCookie`] writes a cookie of a response, [`parse_cookies`] reads those of a request. Both
//! work on field values: the caller reads and writes the fields of the message.

mod parse;
mod set;

pub use parse::{MAX_COOKIES, parse_cookies};
pub use set::{SameSite, SetCookie};
