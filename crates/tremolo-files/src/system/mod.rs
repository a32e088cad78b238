//! The calls that only Linux has, and what stands in for them elsewhere.
//!
//! Twin files with the same functions; everything around them is portable.

use rustix::fs::OFlags;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
pub(crate) use linux::{FOLDER, cork, open_beneath, open_cached, read_now, send_file, will_need};
#[cfg(not(target_os = "linux"))]
pub(crate) use other::{FOLDER, cork, open_beneath, open_cached, read_now, send_file, will_need};

/// For reading. Opening a FIFO or a terminal must neither wait nor make it ours; what it is, is
/// looked at afterwards.
pub(crate) const READ: OFlags =
    OFlags::RDONLY.union(OFlags::CLOEXEC).union(OFlags::NOCTTY).union(OFlags::NONBLOCK);

/// Whether a call may wait for a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// It must not: what is not in the caches of the system would block.
    Never,
    /// It may: it runs on a thread.
    Allowed,
}

/// What a system without a call says, and a sandbox that forbids it.
pub(crate) fn is_unsupported(error: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    matches!(error, Errno::NOSYS | Errno::PERM | Errno::INVAL | Errno::OPNOTSUPP)
}
