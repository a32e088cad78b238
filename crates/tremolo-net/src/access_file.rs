//! The file of the access log. Lines are collected in memory, and written a second later at most;
//! the driver has the timer.
//!
//! A file that cannot be written, because the disk is full for instance, loses lines, and stops
//! nothing.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file of lines, to which several processes may append.
///
/// ```
/// use std::fmt::Write;
/// use tremolo_net::AccessFile;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("access.log");
/// let mut file = AccessFile::open(&path)?;
/// file.add(|line| write!(line, "GET / {}", 200));
/// assert_eq!(file.flush().lines, 0);
/// assert_eq!(std::fs::read_to_string(&path)?, "GET / 200\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct AccessFile {
    path: PathBuf,
    file: File,
    /// Whole lines that are not written yet.
    buffer: String,
    /// The last write has ended in the middle of a line.
    is_torn: bool,
    is_failing: bool,
}

/// What a write has lost.
#[derive(Debug, Default)]
pub struct Lost {
    /// The number of lines.
    pub lines: u64,
    /// Why, if the write before this one has succeeded: for one line of the log.
    pub error: Option<io::Error>,
}

impl AccessFile {
    /// The longest time between two calls of [`AccessFile::flush`].
    pub const INTERVAL: Duration = Duration::from_secs(1);

    /// Opens a file to append to, or creates it.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_owned();
        let file = open(&path)?;
        let buffer = String::new();
        Ok(Self { path, file, buffer, is_torn: false, is_failing: false })
    }

    /// Adds a line. Nothing is written before many lines have come, or before
    /// [`AccessFile::flush`].
    pub fn add(&mut self, write: impl FnOnce(&mut String) -> fmt::Result) -> Lost {
        // Writing into a string does not fail.
        let _ = write(&mut self.buffer);
        self.buffer.push('\n');
        if self.buffer.len() < ENOUGH { Lost::default() } else { self.flush() }
    }

    /// Writes all lines.
    pub fn flush(&mut self) -> Lost {
        if self.buffer.is_empty() {
            return Lost::default();
        }
        let (written, error) = self.write_buffer();
        let rest = self.buffer.as_bytes().get(written..).unwrap_or_default();
        // A line of which a part was written is lost as well.
        let lines = rest.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.is_torn |=
            lines > 0 && written > 0 && !self.buffer.as_bytes()[..written].ends_with(b"\n");
        self.buffer.clear();
        let was_failing = std::mem::replace(&mut self.is_failing, error.is_some());
        Lost { lines, error: error.filter(|_| !was_failing) }
    }

    /// Writes the buffer. Returns how many of its bytes were written, and why not all of them.
    fn write_buffer(&mut self) -> (usize, Option<io::Error>) {
        if self.is_torn {
            match self.file.write_all(b"\n") {
                Ok(()) => self.is_torn = false,
                Err(error) => return (0, Some(error)),
            }
        }
        let mut written = 0;
        while let Some(rest) = self.buffer.as_bytes().get(written..).filter(|rest| !rest.is_empty())
        {
            match self.file.write(rest) {
                Ok(0) => return (written, Some(io::ErrorKind::WriteZero.into())),
                Ok(count) => written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (written, Some(error)),
            }
        }
        (written, None)
    }

    /// Opens the file anew, after its name was given to another one. If that fails, the old file
    /// is written further on.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn reopen(&mut self) -> io::Result<Lost> {
        let lost = self.flush();
        self.file = open(&self.path)?;
        self.is_torn = false;
        Ok(lost)
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// Bytes that are written before a second has passed.
const ENOUGH: usize = 32 << 10;

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn add(file: &mut AccessFile, text: &str) -> Lost {
        file.add(|line| {
            line.push_str(text);
            Ok(())
        })
    }

    #[test]
    fn lines_are_written_together_and_many_of_them_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut file = AccessFile::open(&path).unwrap();
        add(&mut file, "one");
        add(&mut file, "two");
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
        file.flush();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        add(&mut file, &"x".repeat(ENOUGH));
        assert_eq!(fs::metadata(&path).unwrap().len(), 8 + 1 + ENOUGH as u64);
    }

    #[test]
    fn a_file_that_was_renamed_is_opened_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("log"), folder.path().join("log.1"));
        let mut file = AccessFile::open(&path).unwrap();
        add(&mut file, "old");
        fs::rename(&path, &old).unwrap();
        add(&mut file, "old too");
        file.reopen().unwrap();
        add(&mut file, "new");
        file.flush();
        assert_eq!(fs::read_to_string(&old).unwrap(), "old\nold too\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new\n");
    }

    #[test]
    fn a_file_that_cannot_be_opened_anew_is_written_further_on() {
        let folder = tempfile::tempdir().unwrap();
        let (path, old) = (folder.path().join("log"), folder.path().join("log.1"));
        let mut file = AccessFile::open(&path).unwrap();
        fs::rename(&path, &old).unwrap();
        fs::create_dir(&path).unwrap();
        file.reopen().unwrap_err();
        add(&mut file, "line");
        file.flush();
        assert_eq!(fs::read_to_string(&old).unwrap(), "line\n");
    }

    /// `/dev/full` answers as a full disk does.
    #[test]
    fn a_full_disk_loses_lines_and_reports_that_once() {
        let Ok(mut file) = AccessFile::open("/dev/full") else { return };
        add(&mut file, "one");
        add(&mut file, "two");
        let lost = file.flush();
        assert!(lost.lines == 2 && lost.error.is_some(), "{lost:?}");
        add(&mut file, "three");
        let lost = file.flush();
        assert!(lost.lines == 1 && lost.error.is_none(), "{lost:?}");
        let folder = tempfile::tempdir().unwrap();
        file.path = folder.path().join("log");
        file.reopen().unwrap();
        add(&mut file, "four");
        assert_eq!(file.flush().lines, 0);
        assert_eq!(fs::read_to_string(&file.path).unwrap(), "four\n");
    }

    #[test]
    fn a_torn_line_is_ended_before_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "tor").unwrap();
        let mut file = AccessFile::open(&path).unwrap();
        file.is_torn = true;
        add(&mut file, "whole");
        file.flush();
        assert_eq!(fs::read_to_string(&path).unwrap(), "tor\nwhole\n");
    }
}
