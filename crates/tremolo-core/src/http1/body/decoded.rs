//! The result of one step of decoding.

use bytes::Bytes;

/// The result of one step of decoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A piece of the body, never empty.
    Data(Bytes),
    /// The body is complete; what is left in the input belongs to the next request.
    End,
    /// The input contains nothing more of the body: more has to be read.
    NeedInput,
}
