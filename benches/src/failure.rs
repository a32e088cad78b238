//! Errors with a text for the user.

use std::io;

/// An error with this text.
pub(crate) fn failed(text: String) -> io::Error {
    io::Error::other(text)
}
