//! Elsewhere: nothing can be known of the caches, names are resolved one by one, files are copied.

use std::fs::File;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::{Errno, pread, retry_on_intr};

use super::Wait;

/// For a folder that is only walked through.
pub(crate) const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// `AGAIN`: it cannot be told.
pub(crate) fn open_cached(_: &Path, _: OFlags) -> Result<OwnedFd, Errno> {
    Err(Errno::AGAIN)
}

/// `None`: the system cannot. Without waiting: `AGAIN`.
pub(crate) fn open_beneath(
    _: BorrowedFd<'_>,
    _: &Path,
    _: OFlags,
    _: bool,
    wait: Wait,
) -> Option<Result<OwnedFd, Errno>> {
    (wait == Wait::Never).then_some(Err(Errno::AGAIN))
}

/// Reads, from wherever it is.
pub(crate) fn read_now(file: &File, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
    retry_on_intr(|| pread(file, &mut *buffer, offset))
}

/// Nothing to ask: reading is what brings it.
pub(crate) fn will_need(_: &File, _: u64, _: u64) {}

/// `NOSYS`: it has to be copied.
pub(crate) fn send_file(_: BorrowedFd<'_>, _: &File, _: u64, _: usize) -> Result<usize, Errno> {
    Err(Errno::NOSYS)
}

pub(crate) fn cork(_: BorrowedFd<'_>, _: bool) -> bool {
    false
}
