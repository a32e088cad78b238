//! Response heads and bodies on the wire (RFC 9112 sections 4, 6 and 7).

mod date;

pub use date::DateLine;
