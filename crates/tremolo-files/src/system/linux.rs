//! Linux: `openat2`, `preadv2`, `sendfile`, `TCP_CORK`.

use std::fs::File;
use std::io::IoSliceMut;
use std::num::NonZeroU64;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Advice, CWD, Mode, OFlags, ResolveFlags, fadvise, openat2, sendfile};
use rustix::io::{Errno, ReadWriteFlags, preadv2, retry_on_intr};
use rustix::net::sockopt::set_tcp_cork;

use super::{Wait, is_unsupported};

/// For a folder that is only walked through: needs no permission to list it.
pub(crate) const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// What `sendfile` moves in one call at most.
const SEND_LIMIT: usize = 0x7fff_f000;

/// How often a resolution is repeated that a rename elsewhere has disturbed.
const RACES: usize = 16;

/// Opens a file if everything on its way is in the cache of names; `AGAIN` if not, or if the
/// system cannot tell.
pub(crate) fn open_cached(path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    cached(CWD, path, flags, ResolveFlags::empty())
}

/// Opens what `path` names under `root` and nothing outside of it. `None` if the system cannot.
pub(crate) fn open_beneath(
    root: BorrowedFd<'_>,
    path: &Path,
    flags: OFlags,
    links: bool,
    wait: Wait,
) -> Option<Result<OwnedFd, Errno>> {
    let mut resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    resolve.set(ResolveFlags::NO_SYMLINKS, !links);
    if wait == Wait::Never {
        return Some(cached(root, path, flags, resolve));
    }
    for _ in 0..RACES {
        match retry_on_intr(|| openat2(root, path, flags, Mode::empty(), resolve)) {
            Err(Errno::AGAIN) => {}
            Err(Errno::NOSYS | Errno::PERM) => return None,
            result => return Some(result),
        }
    }
    Some(Err(Errno::AGAIN))
}

fn cached(
    root: BorrowedFd<'_>,
    path: &Path,
    flags: OFlags,
    resolve: ResolveFlags,
) -> Result<OwnedFd, Errno> {
    openat2(root, path, flags, Mode::empty(), resolve | ResolveFlags::CACHED).map_err(|error| {
        // `INVAL`: Linux 5.6 to 5.11 know the call and not the flag.
        if is_unsupported(error) || error == Errno::INTR { Errno::AGAIN } else { error }
    })
}

/// Reads what is in the page cache. `AGAIN` if it is not; any other failure means that the file
/// system cannot tell.
pub(crate) fn read_now(file: &File, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
    let mut slices = [IoSliceMut::new(buffer)];
    retry_on_intr(|| preadv2(file, &mut slices, offset, ReadWriteFlags::NOWAIT))
}

/// Asks for bytes that will be read, in runs as long as the disk likes.
pub(crate) fn will_need(file: &File, offset: u64, len: u64) {
    // Only a hint, and not every file system takes it.
    let _ = fadvise(file, offset, NonZeroU64::new(len), Advice::WillNeed);
}

/// Moves bytes from the page cache to a socket. An error that `is_unsupported` means that they
/// have to be copied.
pub(crate) fn send_file(
    socket: BorrowedFd<'_>,
    file: &File,
    offset: u64,
    len: usize,
) -> Result<usize, Errno> {
    let mut offset = offset;
    retry_on_intr(|| sendfile(socket, file.as_fd(), Some(&mut offset), len.min(SEND_LIMIT)))
}

/// Whether packets of a socket that are not full wait for more. False if they do not: it is none
/// of TCP.
pub(crate) fn cork(socket: BorrowedFd<'_>, wait: bool) -> bool {
    set_tcp_cork(socket, wait).is_ok() && wait
}
