//! Systems without packet filters on sockets.

use std::io;
use std::os::fd::AsFd;

/// Does nothing.
pub(crate) fn hold_back(_: &impl AsFd) -> io::Result<()> {
    Ok(())
}
