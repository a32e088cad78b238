//! Systems other than Linux: cached data cannot be detected, and `sendfile` is not used.

use std::fs::File;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::{Errno, pread, retry_on_intr};

use super::Wait;

/// Flags for a folder on the way to a file.
pub(crate) const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// `AGAIN`: the system cannot report what is cached.
pub(crate) fn open_cached(_: &Path, _: OFlags) -> Result<OwnedFd, Errno> {
    Err(Errno::AGAIN)
}

/// `None`: there is no such call. `AGAIN` if the call may not block.
pub(crate) fn open_beneath(
    _: BorrowedFd<'_>,
    _: &Path,
    _: OFlags,
    _: bool,
    wait: Wait,
) -> Option<Result<OwnedFd, Errno>> {
    (wait == Wait::Never).then_some(Err(Errno::AGAIN))
}

/// Reads, even if the data is not cached.
pub(crate) fn read_now(file: &File, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
    retry_on_intr(|| pread(file, &mut *buffer, offset))
}

/// Does nothing: there is no portable call.
pub(crate) fn will_need(_: &File, _: u64, _: u64) {}

/// `NOSYS`: the caller must copy.
pub(crate) fn send_file(_: BorrowedFd<'_>, _: &File, _: u64, _: usize) -> Result<usize, Errno> {
    Err(Errno::NOSYS)
}

pub(crate) fn cork(_: BorrowedFd<'_>, _: bool) -> bool {
    false
}
