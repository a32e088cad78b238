//! Opens a file once. The metadata of that moment is announced, and the content is read from the
//! same descriptor, even if the name is replaced meanwhile.
//!
//! Only regular files are opened. FIFOs, devices, sockets and folders are refused; they are opened
//! with flags that cannot block.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::{fmt, io};

use rustix::fs::{CWD, Mode, openat};
use rustix::io::{Errno, retry_on_intr};

use crate::system::{READ, open_cached};

/// A regular file that is open for reading, with its metadata at that moment.
///
/// ```no_run
/// use tremolo_files::{OpenError, OpenFile};
///
/// // On the event loop; on a thread only if the file is not cached.
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
    /// Opens the file `path`. May block on the disk: call it on a thread.
    ///
    /// The path comes from the application. For paths from clients use [`Root`](crate::Root).
    ///
    /// # Errors
    ///
    /// [`OpenError`], but never [`OpenError::WouldBlock`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let opened = retry_on_intr(|| openat(CWD, path.as_ref(), READ, Mode::empty()));
        opened.map_err(OpenError::waited).and_then(Self::of)
    }

    /// Opens the file `path` without blocking.
    ///
    /// # Errors
    ///
    /// [`OpenError::WouldBlock`] if the caller must use [`OpenFile::open`]: a part of the path is
    /// not in the name cache, or the system lacks the call (Linux before 5.12).
    pub fn open_cached(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        open_cached(path.as_ref(), READ).map_err(OpenError::of).and_then(Self::of)
    }

    /// Reads the metadata of an open descriptor; an error if it is not a regular file.
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

    /// The length in bytes when the file was opened.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether the length was 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The time of the last modification: seconds since the Unix epoch, negative before it.
    #[must_use]
    pub fn modified_seconds(&self) -> i64 {
        self.modified.0
    }

    /// The nanoseconds of the modification time, in addition to its seconds.
    #[must_use]
    pub fn modified_nanoseconds(&self) -> u32 {
        self.modified.1
    }

    /// The inode number.
    #[must_use]
    pub fn inode(&self) -> u64 {
        self.inode
    }

    /// The number of the file system.
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

/// Why a file was not opened. The text contains no path, because it may become part of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// There is no file with this name, or the name leads out of its root.
    NotFound,
    /// The name is that of a FIFO, a device or a socket.
    NotAFile,
    /// The name is that of a folder.
    IsDirectory,
    /// The file may not be read.
    Denied,
    /// The call would have to wait for a disk: try again on a thread.
    WouldBlock,
    /// The system failed with this `errno`, such as too many open files or a disk error.
    Io(i32),
}

impl OpenError {
    pub(crate) fn of(error: Errno) -> Self {
        match error {
            Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG | Errno::LOOP => Self::NotFound,
            // `XDEV`: outside of the root. `MLINK`: FreeBSD returns it instead of `LOOP`.
            Errno::XDEV | Errno::MLINK | Errno::ILSEQ => Self::NotFound,
            Errno::ISDIR => Self::IsDirectory,
            Errno::ACCESS | Errno::PERM => Self::Denied,
            // A socket, or a device without a driver.
            Errno::NXIO | Errno::NODEV | Errno::OPNOTSUPP => Self::NotAFile,
            Errno::AGAIN => Self::WouldBlock,
            other => Self::Io(other.raw_os_error()),
        }
    }

    /// The error of a call that may block. `WouldBlock` is then a failure: another process holds a
    /// lease on the file.
    pub(crate) fn waited(error: Errno) -> Self {
        match Self::of(error) {
            Self::WouldBlock => Self::Io(error.raw_os_error()),
            other => other,
        }
    }

    /// The error of a call of the standard library that may block.
    pub(crate) fn of_io(error: &io::Error) -> Self {
        let number = error.raw_os_error();
        number.map_or(Self::Io(0), |number| Self::waited(Errno::from_raw_os_error(number)))
    }

    /// The response status (RFC 9110 section 15.5): 404 if there is no such regular file, 403 if it
    /// may not be read, otherwise 500.
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
