//! Opening one file, once: what is known of it then is what is announced, and what is read comes
//! from the same descriptor, whatever happens to the name meanwhile.
//!
//! Regular files only. FIFOs, devices, sockets and folders are refused after they were opened in a
//! way that cannot wait.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::{fmt, io};

use rustix::fs::{CWD, Mode, openat};
use rustix::io::{Errno, retry_on_intr};

use crate::system::{READ, open_cached};

/// A regular file that is open for reading, and what was known of it at that moment.
///
/// ```no_run
/// use tremolo_files::{OpenError, OpenFile};
///
/// // On the loop; on a thread only if the file is cold.
/// let file = match OpenFile::open_cached("/srv/film.mp4") {
///     Err(OpenError::WouldBlock) => OpenFile::open("/srv/film.mp4"),
///     answer => answer,
/// }?;
/// assert_eq!(file.is_empty(), file.len() == 0);
/// # Ok::<(), OpenError>(())
/// ```
#[derive(Debug)]
pub struct OpenFile {
    pub(crate) file: File,
    length: u64,
    modified: (i64, u32),
    inode: u64,
    device: u64,
}

impl OpenFile {
    /// Opens the file of that name. May wait for a disk: for a thread.
    ///
    /// The name is the application's own, not a client's: that is [`Root`](crate::Root)'s to open.
    ///
    /// # Errors
    ///
    /// What is in the way; never [`OpenError::WouldBlock`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let opened = retry_on_intr(|| openat(CWD, path.as_ref(), READ, Mode::empty()));
        opened.map_err(OpenError::waited).and_then(Self::of)
    }

    /// Opens the file of that name without waiting.
    ///
    /// # Errors
    ///
    /// [`OpenError::WouldBlock`] if only [`OpenFile::open`] can tell: the names on the way are not
    /// in the cache, or the system has no such call (before Linux 5.12).
    pub fn open_cached(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        open_cached(path.as_ref(), READ).map_err(OpenError::of).and_then(Self::of)
    }

    /// What was opened, if it is a regular file.
    pub(crate) fn of(fd: OwnedFd) -> Result<Self, OpenError> {
        let file = File::from(fd);
        let stat = file.metadata().map_err(|error| OpenError::of_io(&error))?;
        if stat.is_dir() {
            return Err(OpenError::IsDirectory);
        }
        if !stat.is_file() {
            return Err(OpenError::NotAFile);
        }
        Ok(Self {
            file,
            length: stat.size(),
            modified: (stat.mtime(), u32::try_from(stat.mtime_nsec()).unwrap_or_default()),
            inode: stat.ino(),
            device: stat.dev(),
        })
    }

    /// Its length in bytes when it was opened.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether it was empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// When it was modified last: seconds since the epoch, negative before it.
    #[must_use]
    pub fn modified_seconds(&self) -> i64 {
        self.modified.0
    }

    /// The nanoseconds behind these seconds.
    #[must_use]
    pub fn modified_nanoseconds(&self) -> u32 {
        self.modified.1
    }

    /// Its number in its file system.
    #[must_use]
    pub fn inode(&self) -> u64 {
        self.inode
    }

    /// The number of its file system.
    #[must_use]
    pub fn device(&self) -> u64 {
        self.device
    }
}

impl AsFd for OpenFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// Why a file was not opened. The text names no path: it may end up in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// There is none of that name, or the name leads out of its root.
    NotFound,
    /// It is a FIFO, a device or a socket.
    NotAFile,
    /// It is a folder.
    IsDirectory,
    /// It may not be read.
    Denied,
    /// It is not known without waiting for a disk: try again on a thread.
    WouldBlock,
    /// The system failed, with this number (`errno`): too many open files, a broken disk.
    Io(i32),
}

impl OpenError {
    pub(crate) fn of(error: Errno) -> Self {
        match error {
            Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG | Errno::LOOP => Self::NotFound,
            // `XDEV`: out of the root. `MLINK`: FreeBSD's word for `LOOP`.
            Errno::XDEV | Errno::MLINK | Errno::ILSEQ => Self::NotFound,
            Errno::ISDIR => Self::IsDirectory,
            Errno::ACCESS | Errno::PERM => Self::Denied,
            // A socket; a device without a driver.
            Errno::NXIO | Errno::NODEV | Errno::OPNOTSUPP => Self::NotAFile,
            Errno::AGAIN => Self::WouldBlock,
            other => Self::Io(other.raw_os_error()),
        }
    }

    /// Of a call that was allowed to wait: that it would block is then a failure, such as a lease
    /// that somebody else holds on the file.
    pub(crate) fn waited(error: Errno) -> Self {
        match Self::of(error) {
            Self::WouldBlock => Self::Io(error.raw_os_error()),
            other => other,
        }
    }

    /// Of a call of the standard library, which was allowed to wait.
    pub(crate) fn of_io(error: &io::Error) -> Self {
        let number = error.raw_os_error();
        number.map_or(Self::Io(0), |number| Self::waited(Errno::from_raw_os_error(number)))
    }

    /// The status that answers it (RFC 9110 section 15.5): 404 for what is not a file, 403 for
    /// what may not be read, 500 for the rest.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::NotFound | Self::NotAFile | Self::IsDirectory => 404,
            Self::Denied => 403,
            Self::WouldBlock | Self::Io(_) => 500,
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("no such file"),
            Self::NotAFile => f.write_str("not a regular file"),
            Self::IsDirectory => f.write_str("is a folder"),
            Self::Denied => f.write_str("may not be read"),
            Self::WouldBlock => f.write_str("cannot be opened without waiting"),
            Self::Io(number) => {
                write!(f, "cannot be opened: {}", io::Error::from_raw_os_error(*number))
            }
        }
    }
}

impl std::error::Error for OpenError {}

#[cfg(test)]
mod tests;
