//! Path resolution for systems without `openat2`: opens each folder relative to the one before, and
//! follows no links. Blocks.

use std::ffi::OsStr;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{Mode, OFlags, openat};
use rustix::io::{Errno, retry_on_intr};

use crate::SafePath;
use crate::system::FOLDER;

/// Opens `path` under `root`.
pub(super) fn open(root: BorrowedFd<'_>, path: &SafePath, flags: OFlags) -> Result<OwnedFd, Errno> {
    let bytes = path.as_path().as_os_str().as_bytes();
    let mut names = bytes.split(|&b| b == b'/').map(OsStr::from_bytes);
    let last = names.next_back().filter(|last| !last.is_empty()).unwrap_or_else(|| ".".as_ref());
    let mut folder = None;
    for name in names {
        let step = open_at(folder.as_ref(), root, name, FOLDER)?;
        folder = Some(step);
    }
    open_at(folder.as_ref(), root, last, flags)
}

fn open_at(
    folder: Option<&OwnedFd>,
    root: BorrowedFd<'_>,
    name: &OsStr,
    flags: OFlags,
) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlags::NOFOLLOW;
    retry_on_intr(|| match folder {
        Some(folder) => openat(folder, name, flags, Mode::empty()),
        None => openat(root, name, flags, Mode::empty()),
    })
}
