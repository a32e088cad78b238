//! The selected representation: what of a file answers a request (RFC 9110 sections 8.8, 13, 14).
//!
//! Decisions only: preconditions, ranges, `multipart/byteranges`, and the fields that tell of them.
//! It opens no file and reads no clock: lengths, times and random bits come in, offsets go out.

mod conditional;
mod content;
mod file;
mod ranges;
mod select;
#[cfg(test)]
mod tests;
mod validators;

pub use conditional::{Precondition, evaluate};
pub use content::{Content, Segment};
pub use file::{FileStamp, FileTag, Slice};
pub use ranges::MAX_RANGES;
pub use select::{Refusal, Representation, Selected, select};
pub use validators::{EntityTag, Validators, parse_date};
