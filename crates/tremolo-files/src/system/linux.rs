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

/// Flags for a folder on the way to a file: they need no permission to list it.
pub(crate) const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// The maximum number of bytes of one `sendfile` call.
const SEND_LIMIT: usize = 0x7fff_f000;

/// Attempts of a resolution that a concurrent rename has disturbed.
const RACES: usize = 16;

/// Opens a file if its whole path is in the name cache. `AGAIN` if it is not, or if the system
/// cannot report it.
pub(crate) fn open_cached(path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    cached(CWD, path, flags, ResolveFlags::empty())
}

/// Opens `path` under `root`, never outside of it. `None` if the system has no such call.
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
        // `INVAL`: Linux 5.6 to 5.11 have the call, but not the flag.
        if is_unsupported(error) || error == Errno::INTR { Errno::AGAIN } else { error }
    })
}

/// Reads from the page cache. `AGAIN` if the data is not cached; any other error means that the
/// file system does not support this.
pub(crate) fn read_now(file: &File, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
    let mut slices = [IoSliceMut::new(buffer)];
    retry_on_intr(|| preadv2(file, &mut slices, offset, ReadWriteFlags::NOWAIT))
}

/// Requests read-ahead of these bytes.
pub(crate) fn will_need(file: &File, offset: u64, len: u64) {
    // Only a hint: not all file systems support it.
    let _ = fadvise(file, offset, NonZeroU64::new(len), Advice::WillNeed);
}

/// Sends bytes from the page cache to a socket. If `is_unsupported` is true for the error, the
/// caller must copy.
pub(crate) fn send_file(
    socket: BorrowedFd<'_>,
    file: &File,
    offset: u64,
    len: usize,
) -> Result<usize, Errno> {
    let mut offset = offset;
    retry_on_intr(|| sendfile(socket, file.as_fd(), Some(&mut offset), len.min(SEND_LIMIT)))
}

/// Delays partial packets of a socket, or stops delaying them. False if the packets are not
/// delayed: the socket is not TCP.
pub(crate) fn cork(socket: BorrowedFd<'_>, wait: bool) -> bool {
    set_tcp_cork(socket, wait).is_ok() && wait
}
