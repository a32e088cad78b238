//! What the result of a read means for the connection.

use std::{fmt, io};

use tremolo_core::{Connection, Now};

/// Reports the result of a read to the connection: bytes that are in its buffer, the end, or an
/// error. Returns false if nothing has come, because the error is temporary.
#[inline]
pub fn handle_read(connection: &mut Connection, now: &Now, read: &io::Result<usize>) -> bool {
    match read {
        Ok(0) => connection.handle_eof(now),
        Ok(count) => {
            connection.turn_mut().note_received(*count);
            connection.handle_input(now);
        }
        Err(error) if is_temporary(error) => return false,
        Err(error) if error.get_ref().is_some_and(|inner| inner.is::<NotEncrypted>()) => {
            connection.encryption().is_missing(now);
        }
        Err(_) => connection.handle_reset(now),
    }
    true
}

/// The error of a read from a transport that expects TLS, whose peer sent plain HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotEncrypted;

impl fmt::Display for NotEncrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain HTTP instead of a TLS handshake")
    }
}

impl std::error::Error for NotEncrypted {}

/// Whether a call that failed with this error may succeed later: the socket would block, or a
/// signal came.
#[must_use]
pub fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
