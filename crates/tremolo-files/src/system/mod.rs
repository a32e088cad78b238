//! System calls of Linux, and their replacements on other systems.
//!
//! `linux.rs` and `other.rs` have the same functions; all other code is portable.

use rustix::fs::OFlags;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(crate) use linux::{FOLDER, cork, open_beneath, open_cached, read_now, send_file, will_need};
#[cfg(not(target_os = "linux"))]
pub(crate) use other::{FOLDER, cork, open_beneath, open_cached, read_now, send_file, will_need};

/// Flags for reading. Opening a FIFO must not block, and opening a terminal must not make it the
/// controlling one. The kind of the file is checked after opening.
pub(crate) const READ: OFlags =
    OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NOCTTY).union(OFlags::NONBLOCK);

/// Whether a call may wait for a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// It may not: the call fails if the data is not in the caches of the system.
    Never,
    /// It may: the call runs on a thread.
    Allowed,
}

/// The error of a system without the call, or of a sandbox that forbids it.
pub(crate) fn is_unsupported(error: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    matches!(error, Errno::NOSYS | Errno::PERM | Errno::INVAL | Errno::OPNOTSUPP)
}
