//! A folder that names are looked up in, and that no name leads out of.
//!
//! The system enforces it where it can (`openat2` with `RESOLVE_BENEATH`): what links do is
//! decided while they are followed, not before, so that no exchange of a file for a link in between
//! helps anybody. Elsewhere `walk.rs` goes name by name and follows nothing.

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
    /// Whether symbolic links are followed. Default false: a name that is one, or leads through
    /// one, is not found.
    ///
    /// Even then only relative ones that stay under the root. On systems without `openat2` (all
    /// but Linux from 5.6 on) none are.
    pub follow_symlinks: bool,
}

/// An open folder: the one that had the name when it was opened. Who puts another one in its place
/// (by renaming, or by turning a link) opens the root anew.
#[derive(Debug)]
pub struct Root {
    fd: OwnedFd,
    options: RootOptions,
}

impl Root {
    /// Opens the folder of that name, which is the application's own: links in it are followed.
    /// May wait for a disk.
    ///
    /// # Errors
    ///
    /// What is in the way; [`OpenError::NotFound`] also if it is no folder.
    pub fn new(path: impl AsRef<Path>, options: RootOptions) -> Result<Self, OpenError> {
        let opened = retry_on_intr(|| openat(CWD, path.as_ref(), FOLDER, Mode::empty()));
        Ok(Self { fd: opened.map_err(OpenError::waited)?, options })
    }

    /// Opens a regular file under the root. May wait for a disk: for a thread.
    ///
    /// # Errors
    ///
    /// What is in the way; never [`OpenError::WouldBlock`]. A name that leads out of the root, or
    /// through a link that is not to be followed, is [`OpenError::NotFound`].
    pub fn open(&self, path: &SafePath) -> Result<OpenFile, OpenError> {
        self.open_file(path, Wait::Allowed)
    }

    /// Opens a regular file under the root without waiting.
    ///
    /// # Errors
    ///
    /// As [`Root::open`], and [`OpenError::WouldBlock`] if only that can tell.
    pub fn open_cached(&self, path: &SafePath) -> Result<OpenFile, OpenError> {
        self.open_file(path, Wait::Never)
    }

    pub(crate) fn open_file(&self, path: &SafePath, wait: Wait) -> Result<OpenFile, OpenError> {
        let file = self.resolve(path, READ, wait).and_then(OpenFile::of)?;
        // A slash at the end asks for a folder.
        if path.is_folder() { Err(OpenError::NotFound) } else { Ok(file) }
    }

    /// Opens a folder under the root to list it. Waits.
    pub(crate) fn open_folder(&self, path: &SafePath) -> Result<Dir, OpenError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = self.resolve(path, flags, Wait::Allowed)?;
        Dir::new(fd).map_err(OpenError::waited)
    }

    /// What a link under the root leads to. Waits.
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
