//! The size of output buffers.

/// The bytes to reserve for the coded form of `length` bytes: half of them, and the overhead of a
/// short frame.
pub(crate) fn likely_room(length: usize) -> usize {
    length / 2 + 64
}
