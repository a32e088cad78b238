//! Cookies (RFC 6265, with `SameSite` and name prefixes as of its successor draft).
//!
//! [`SetCookie`] is what a response gives, [`parse_cookies`] reads what a request brings back.
//! Both know field values only: which message they belong to is the caller's business.

mod parse;
mod set;

pub use parse::{MAX_COOKIES, parse_cookies};
pub use set::{SameSite, SetCookie};
