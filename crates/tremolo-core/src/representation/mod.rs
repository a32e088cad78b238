//! The selected representation: which bytes of a file a response contains (RFC 9110 sections 8.8,
//! 13, 14).
//!
//! Only decisions: preconditions, ranges, `multipart/byteranges`, and their fields. It opens no
//! file and reads no clock: lengths, times and random bits are inputs, offsets are outputs.

mod conditional;
mod content;
mod file;
mod ranges;
mod select;
#[cfg(test)]
mod tests;
mod validate;
mod validators;

pub use conditional::{Precondition, evaluate};
pub use content::{Content, Segment};
pub use file::{FileStamp, FileTag, Slice};
pub use ranges::MAX_RANGES;
pub use select::{Refusal, Representation, Selected, select};
pub use validate::validate;
pub use validators::{EntityTag, Validators, parse_date};
