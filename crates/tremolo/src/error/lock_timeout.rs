//! The error of a lock that was not free in time.

use std::fmt;

/// The lock was not free in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockTimeout;

impl fmt::Display for LockTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the lock was not free in time")
    }
}

impl std::error::Error for LockTimeout {}
