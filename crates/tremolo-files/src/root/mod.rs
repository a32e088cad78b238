//! A folder in which names are looked up, and which no name can leave.
//!
//! On Linux the kernel enforces this (`openat2` with `RESOLVE_BENEATH`). It checks symbolic links
//! while it follows them, so that replacing a file by a link during the lookup has no effect. On
//! other systems `walk.rs` opens one name after the other and follows no links.

mod walk;

use std::fs::{File, Metadata};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, Dir, Mode, OFlags, openat};
use rustix::io::{Errno, retry_on_intr};

use crate::system::{FOLDER, READ, Wait, open_beneath};
use crate::{OpenError, OpenFile, SafePath};

/// How names are resolved under a [`Root`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RootOptions {
    /// Whether symbolic links are followed. Default false: a name that is a link, or leads through
    /// a link, is not found.
    ///
    /// If true, only relative links that stay under the root are followed. Without `openat2` (Linux
    /// before 5.6, other systems) no links are followed.
    pub follow_symlinks: bool,
}

/// An open folder. If another folder gets its name later (renaming, a changed link), this value
/// still refers to the old one: open the new folder with [`Root::new`].
#[derive(Debug)]
pub struct Root {
    fd: OwnedFd,
    options: RootOptions,
}

impl Root {
    /// Opens the folder `path`, which comes from the application: links in it are followed. May
    /// block on the disk.
    ///
    /// # Errors
    ///
    /// [`OpenError`]; [`OpenError::NotFound`] also if the path is not a folder.
    pub fn new(path: impl AsRef<Path>, options: RootOptions) -> Result<Self, OpenError> {
        let opened = retry_on_intr(|| openat(CWD, path.as_ref(), FOLDER, Mode::empty()));
        Ok(Self { fd: opened.map_err(OpenError::waited)?, options })
    }

    /// Opens a regular file under the root. May block on the disk: call it on a thread.
    ///
    /// # Errors
    ///
    /// [`OpenError`], but never [`OpenError::WouldBlock`]. [`OpenError::NotFound`] if the path
    /// leads out of the root, or through a link that is not followed.
    pub fn open(&self, path: &SafePath) -> Result<OpenFile, OpenError> {
        self.open_file(path, Wait::Allowed)
    }

    /// Opens a regular file under the root without blocking.
    ///
    /// # Errors
    ///
    /// As [`Root::open`], and [`OpenError::WouldBlock`] if the caller must use that call.
    pub fn open_cached(&self, path: &SafePath) -> Result<OpenFile, OpenError> {
        self.open_file(path, Wait::Never)
    }

    pub(crate) fn open_file(&self, path: &SafePath, wait: Wait) -> Result<OpenFile, OpenError> {
        let file = self.resolve(path, READ, wait).and_then(OpenFile::of)?;
        // A slash at the end names a folder.
        if path.is_folder() { Err(OpenError::NotFound) } else { Ok(file) }
    }

    /// Opens a folder under the root to list it. Blocks.
    pub(crate) fn open_folder(&self, path: &SafePath) -> Result<Dir, OpenError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = self.resolve(path, flags, Wait::Allowed)?;
        Dir::new(fd).map_err(OpenError::waited)
    }

    /// The metadata of a link's target under the root. Blocks.
    pub(crate) fn follow(&self, path: &SafePath) -> Result<Metadata, OpenError> {
        let fd = self.resolve(path, READ, Wait::Allowed)?;
        File::from(fd).metadata().map_err(|error| OpenError::of_io(&error))
    }

    fn resolve(&self, path: &SafePath, flags: OFlags, wait: Wait) -> Result<OwnedFd, OpenError> {
        let name = if path.is_root() { Path::new(".") } else { path.as_path() };
        let links = self.options.follow_symlinks;
        match open_beneath(self.fd.as_fd(), name, flags, links, wait) {
            Some(Err(Errno::AGAIN)) if wait == Wait::Never => Err(OpenError::WouldBlock),
            Some(opened) => opened.map_err(OpenError::waited),
            None => walk::open(self.fd.as_fd(), path, flags).map_err(OpenError::waited),
        }
    }

    /// Whether links are followed.
    pub(crate) fn follows_symlinks(&self) -> bool {
        self.options.follow_symlinks
    }
}

#[cfg(test)]
mod tests;
