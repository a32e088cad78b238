//! The file with the number of the process, which scripts and service managers read.
//!
//! A lock on the file shows whether its process runs; the number alone may belong to another process
//! by now. The file is complete at any moment: it is written under another name, and renamed.
//!
//! A process that takes over from its parent replaces the file of the parent, which is at
//! `PATH.old` until one of the two ends.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process;

use rustix::fs::{FlockOperation, fcntl_lock};
use rustix::io::Errno;

/// The pid file of this process. Dropping it removes the file, unless another one is at its path by
/// then; the file of the parent comes back, if it still runs. A forked process neither holds the
/// lock nor removes the file.
#[derive(Debug)]
pub struct PidFile {
    path: PathBuf,
    file: File,
    process: u32,
    /// The parent, whose file this one has replaced.
    parent: Option<u32>,
}

impl PidFile {
    /// Writes the file, in place of one whose process has gone or is the parent of this one.
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
        let before = lock_existing(&path)?;
        let parent = match before {
            Existing::Locked(_) => None,
            Existing::OfParent(parent) => {
                let old = beside(&path, "old");
                // A remainder: a process replaces the file of its parent once.
                let _ = fs::remove_file(&old);
                fs::hard_link(&path, &old)?;
                Some(parent)
            }
        };
        let new = beside(&path, &process::id().to_string());
        let written = write_locked(&new).and_then(|file| fs::rename(&new, &path).map(|()| file));
        match written {
            Ok(file) => Ok(Self { path, file, process: process::id(), parent }),
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
        if self.process != process::id() {
            return;
        }
        let is_here = |path: &Path| is_at(&self.file, path).unwrap_or(false);
        let old = beside(&self.path, "old");
        // If a file cannot be removed, the next process replaces it.
        let _ = if is_here(&old) {
            fs::remove_file(&old)
        } else if !is_here(&self.path) {
            Ok(())
        } else if self.parent == Some(parent_id()) && old.exists() {
            fs::rename(&old, &self.path)
        } else {
            fs::remove_file(&self.path)
        };
    }
}

/// The file that was at the path.
#[expect(dead_code, reason = "the file is kept for its lock")]
enum Existing {
    Locked(File),
    /// The parent of this process has locked it.
    OfParent(u32),
}

/// Locks the file at a path; an empty one is made if there is none.
fn lock_existing(path: &Path) -> io::Result<Existing> {
    for _ in 0..ATTEMPTS {
        let file = options().truncate(false).create(true).open(path)?;
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) if is_at(&file, path)? => return Ok(Existing::Locked(file)),
            // Another process has replaced or removed it since it was opened.
            Ok(()) => {}
            Err(Errno::AGAIN | Errno::ACCESS) => {
                let mut owner = String::new();
                // Without the number the message is shorter.
                let _ = io::Read::take(&file, LONGEST_NUMBER).read_to_string(&mut owner);
                let owner = owner.trim();
                let parent = parent_id();
                if owner.parse() == Ok(parent) {
                    return Ok(Existing::OfParent(parent));
                }
                let text = format!("it belongs to a process that runs: {owner}");
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

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
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
    // A link in a folder that other users can write must not lead to another file.
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
