//! Sends the parts of files that a connection has queued.
//!
//! The kernel sends a file to a socket (`sendfile`), and only while its next bytes are in the page
//! cache. The driver lets a thread fetch those that are not, so that a slow disk delays one
//! download and no other connection.

use std::io;
use std::sync::Arc;

use tremolo_core::FileRegion;

use crate::read::{WINDOW, is_about_the_file};
use crate::{Cork, OpenFile};

/// The file that a connection is sending; one per connection.
///
/// ```
/// use tremolo_core::FileRegion;
/// use tremolo_files::{FileSender, FileStep};
///
/// /// What a driver does with [`Transmit::File`](tremolo_core::Transmit::File).
/// fn send(
///     sender: &mut FileSender,
///     socket: &impl std::os::fd::AsFd,
///     region: &FileRegion,
/// ) -> std::io::Result<usize> {
///     loop {
///         let sent = sender.send(region, |file, cork| {
///             file.send_to(socket.as_fd(), cork, region.offset, region.length)
///         });
///         match sent {
///             FileStep::Sent(sent) => return sent,
///             // A driver runs this on a thread, and serves other connections meanwhile.
///             FileStep::Fetch(fetch) => sender.fetched(fetch.run().is_ok()),
///         }
///     }
/// }
/// ```
#[derive(Debug, Default)]
pub struct FileSender {
    next: NextBytes,
    cork: Cork,
}

/// What is known of the bytes that are sent next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum NextBytes {
    #[default]
    Unknown,
    /// They were fetched: the cache is not checked again.
    Fetched,
    Unreadable,
}

/// The result of an attempt to send a part of a file.
#[derive(Debug)]
pub enum FileStep {
    /// The socket was asked. `Ok(0)`: the file does not contain these bytes any more, or cannot be
    /// read. An error is that of the socket.
    Sent(io::Result<usize>),
    /// These bytes are not in memory. Run this on a thread, pass its result to
    /// [`FileSender::fetched`], and then try again.
    Fetch(Fetch),
}

/// A part of a file that must be read into the page cache before it is sent.
#[derive(Debug)]
pub struct Fetch {
    file: Arc<OpenFile>,
    offset: u64,
    length: u64,
}

impl Fetch {
    /// Reads the part. Blocks on the disk: call it on a thread.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn run(self) -> io::Result<()> {
        self.file.warm(self.offset, self.length)
    }
}

impl FileSender {
    /// Sends the beginning of a part of a file, with one call of `send`, which is expected to call
    /// [`OpenFile::send_to`].
    #[inline(never)]
    pub fn send(
        &mut self,
        region: &FileRegion,
        send: impl FnOnce(&OpenFile, &mut Cork) -> io::Result<usize>,
    ) -> FileStep {
        let Ok(file) = Arc::clone(&region.file).downcast::<OpenFile>() else {
            return FileStep::Sent(Ok(0));
        };
        let (offset, length) = (region.offset, region.length.min(WINDOW));
        match self.next {
            NextBytes::Unknown if !file.is_cached(offset, length) => {
                return FileStep::Fetch(Fetch { file, offset, length });
            }
            NextBytes::Unreadable => return FileStep::Sent(Ok(0)),
            NextBytes::Unknown | NextBytes::Fetched => {}
        }
        FileStep::Sent(match send(&file, &mut self.cork) {
            Ok(count) => {
                self.next = NextBytes::Unknown;
                Ok(count)
            }
            Err(error) if is_about_the_file(&error) => Ok(0),
            Err(error) => Err(error),
        })
    }

    /// The bytes that are sent next were fetched, or could not be read.
    ///
    /// If it is unknown whether they were fetched, pass true: then sending them may block.
    pub fn fetched(&mut self, is_readable: bool) {
        self.next = if is_readable { NextBytes::Fetched } else { NextBytes::Unreadable };
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A region of a file that is on the disk if the temporary folder is on one.
    fn region(length: u64) -> FileRegion {
        let mut named = tempfile::NamedTempFile::new().unwrap();
        named.write_all(&vec![7; 3 << 20]).unwrap();
        named.as_file().sync_all().unwrap();
        let file = Arc::new(OpenFile::open(named.path()).unwrap());
        file.warm(0, file.len()).unwrap();
        FileRegion { file, offset: 5, length }
    }

    fn error(kind: io::ErrorKind) -> io::Result<usize> {
        Err(kind.into())
    }

    /// The result of an attempt of which nothing had to be fetched.
    fn sent(step: FileStep) -> io::Result<usize> {
        match step {
            FileStep::Sent(sent) => sent,
            FileStep::Fetch(fetch) => panic!("{fetch:?}"),
        }
    }

    #[test]
    fn what_is_in_memory_is_sent_at_once() {
        let (mut sender, region) = (FileSender::default(), region(100));
        assert_eq!(sent(sender.send(&region, |_, _| Ok(60))).unwrap(), 60);
        assert_eq!(sent(sender.send(&region, |_, _| Ok(40))).unwrap(), 40);
    }

    #[test]
    fn a_failure_of_the_file_is_no_failure_of_the_socket() {
        let region = region(100);
        let attempt = |sent_now| {
            let step = FileSender::default().send(&region, |_, _| sent_now);
            sent(step).map_err(|error| error.kind())
        };
        assert_eq!(attempt(Ok(0)), Ok(0), "it has become shorter");
        assert_eq!(attempt(error(io::ErrorKind::InvalidInput)), Ok(0));
        assert_eq!(attempt(error(io::ErrorKind::PermissionDenied)), Ok(0));
        for kind in [
            io::ErrorKind::WouldBlock,
            io::ErrorKind::Interrupted,
            io::ErrorKind::BrokenPipe,
            io::ErrorKind::ConnectionReset,
        ] {
            assert_eq!(attempt(error(kind)), Err(kind));
        }
    }

    #[test]
    fn what_is_no_file_of_this_crate_fails() {
        let region = FileRegion { file: Arc::new(()), offset: 0, length: 1 };
        let never = |_: &OpenFile, _: &mut Cork| panic!("nothing to send");
        assert_eq!(sent(FileSender::default().send(&region, never)).unwrap(), 0);
    }

    #[test]
    fn what_cannot_be_fetched_is_not_sent() {
        let (mut sender, region) = (FileSender::default(), region(100));
        sender.fetched(false);
        let never = |_: &OpenFile, _: &mut Cork| panic!("the disk would be read again");
        assert_eq!(sent(sender.send(&region, never)).unwrap(), 0);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn each_window_is_fetched_once_and_before_it_is_sent() {
        use rustix::fs::{Advice, fadvise};

        let (mut sender, mut region) = (FileSender::default(), region(2 << 20));
        let file = Arc::clone(&region.file).downcast::<OpenFile>().unwrap();
        // Clean pages leave the cache if the file is on a disk; tmpfs keeps them.
        let forget = || fadvise(&*file, 0, None, Advice::DontNeed).unwrap();
        for _ in 0..2 {
            forget();
            let is_cold = !file.is_cached(region.offset, region.length);
            forget();
            if let FileStep::Fetch(fetch) = sender.send(&region, |_, _| Ok(1)) {
                assert_eq!((fetch.offset, fetch.length), (region.offset, WINDOW));
                fetch.run().unwrap();
                assert!(file.is_cached(region.offset, WINDOW));
                sender.fetched(true);
            } else {
                assert!(!is_cold);
                sender.fetched(true);
            }
            // The socket takes nothing, and the pages leave the cache meanwhile: an endless row of
            // fetches would send nothing.
            forget();
            let blocked = sent(sender.send(&region, |_, _| error(io::ErrorKind::WouldBlock)));
            assert_eq!(blocked.unwrap_err().kind(), io::ErrorKind::WouldBlock);
            assert_eq!(sent(sender.send(&region, |_, _| Ok(1 << 20))).unwrap(), 1 << 20);
            region.offset += 1 << 20;
            region.length -= 1 << 20;
        }
    }
}
