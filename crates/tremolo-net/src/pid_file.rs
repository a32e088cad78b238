//! The file with the number of the process, which scripts and service managers read.
//!
//! A lock on the file tells whether its process lives; the number alone may belong to another
//! process by now. The file is complete at any moment: it is written under another name, and renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::process;

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::Errno;

/// The pid file of this process. Dropping it removes the file, unless another one is at its path by
/// then. A forked process neither holds the lock nor removes the file.
#[derive(Debug)]
pub struct PidFile {
    path: PathBuf,
    file: File,
    process: u32,
}

impl PidFile {
    /// Writes the file, in place of one whose process has gone.
    ///
    /// ```
    /// use tremolo_net::PidFile;
    ///
    /// let path = std::env::temp_dir().join(format!("tremolo-example-{}.pid", std::process::id()));
    /// let file = PidFile::create(&path)?;
    /// assert_eq!(std::fs::read_to_string(&path)?, format!("{}\n", std::process::id()));
    /// drop(file);
    /// assert!(!path.exists());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `AlreadyExists`: another process that runs has it. Otherwise the error of a system call.
    pub fn create(path: &Path) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        // It is held until the new file, which is locked as well, is in its place.
        let _before = lock_existing(&path)?;
        let mut name = path.clone().into_os_string();
        name.push(format!(".{}", process::id()));
        let new = PathBuf::from(name);
        let written = write_locked(&new).and_then(|file| fs::rename(&new, &path).map(|()| file));
        match written {
            Ok(file) => Ok(Self { path, file, process: process::id() }),
            Err(error) => {
                // It may not have been made.
                let _ = fs::remove_file(&new);
                Err(error)
            }
        }
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if self.process == process::id() && is_at(&self.file, &self.path).unwrap_or(false) {
            // If the file cannot be removed, the next process replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Locks the file at a path; an empty one is made if there is none.
fn lock_existing(path: &Path) -> io::Result<File> {
    for _ in 0..ATTEMPTS {
        let file = options().truncate(false).create(true).open(path)?;
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) if is_at(&file, path)? => return Ok(file),
            // Another process has replaced or removed it since it was opened.
            Ok(()) => {}
            Err(Errno::AGAIN | Errno::ACCESS) => {
                let mut owner = String::new();
                // The number is for the message only.
                let _ = io::Read::take(&file, LONGEST_NUMBER).read_to_string(&mut owner);
                let text = format!("it belongs to a process that runs: {}", owner.trim());
                return Err(io::Error::new(io::ErrorKind::AlreadyExists, text));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "other processes replace it again and again"))
}

fn write_locked(path: &Path) -> io::Result<File> {
    // One of this name is a remainder: its process had the number that this one has.
    let mut file = options().truncate(true).create(true).open(path)?;
    fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive)?;
    file.write_all(format!("{}\n", process::id()).as_bytes())?;
    Ok(file)
}

/// Whether this file, and no other one, is at the path.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let own = file.metadata()?;
    match path.symlink_metadata() {
        Ok(found) => Ok((found.dev(), found.ino()) == (own.dev(), own.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    // A link in a folder that others can write must not lead to a file of somebody else.
    options.read(true).write(true).mode(0o644).custom_flags(NO_FOLLOW);
    options
}

const NO_FOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();

/// How often the file may be replaced while it is opened.
const ATTEMPTS: usize = 16;

/// Bytes of a number and its line feed.
const LONGEST_NUMBER: u64 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_whole_and_removed_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.pid");
        fs::write(&path, "999999999\nof a process that has gone").unwrap();
        let file = PidFile::create(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", process::id()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn the_file_of_a_successor_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.pid");
        let file = PidFile::create(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "1").unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "1");
    }

    #[test]
    fn a_folder_that_is_missing_and_a_link_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = PidFile::create(&folder.path().join("missing/server.pid")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(PidFile::create(&link).is_err());
        assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    }
}
