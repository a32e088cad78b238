//! Cookies (RFC 6265, with `SameSite` and name prefixes as of its successor draft).

mod set;

pub use set::{SameSite, SetCookie};
