//! A file on its way out: opened once, announced once, and sent as it was announced.

use std::sync::Arc;

use bytes::Bytes;
use tremolo_core::representation::{
    FileStamp, FileTag, Refusal, Representation, Slice, Validators,
};
use tremolo_core::{Connection, Error, FileContent, Now};

use crate::OpenFile;

/// A slice of an open file, with its validators: what a front says to the engine in one call.
#[derive(Clone, Debug)]
pub struct ServedFile {
    content: FileContent,
    slice: Slice,
    tag: FileTag,
    /// Seconds since the epoch; nothing before it, for no date of HTTP is that old.
    modified: Option<u64>,
    accept_ranges: bool,
}

impl ServedFile {
    /// At most `count` bytes (`None`: all) from `offset` on. What lies beyond the end of the file
    /// is left out.
    ///
    /// A short file that is in memory is read at once, so that it leaves in one write with its
    /// head.
    #[must_use]
    pub fn new(file: OpenFile, offset: u64, count: Option<u64>) -> Self {
        let slice = Slice::new(file.len(), offset, count);
        let stamp = FileStamp {
            seconds: file.modified_seconds(),
            nanoseconds: file.modified_nanoseconds(),
            length: file.len(),
            inode: file.inode(),
        };
        let tag = FileTag::new(&stamp, slice);
        let modified = u64::try_from(stamp.seconds).ok();
        let content = match read_short(&file) {
            Some(bytes) => FileContent::Read(bytes),
            None => FileContent::Open(Arc::new(file)),
        };
        Self { content, slice, tag, modified, accept_ranges: true }
    }

    /// Whether parts of it may be asked for. Default: true.
    #[must_use]
    pub fn accept_ranges(mut self, accept: bool) -> Self {
        self.accept_ranges = accept;
        self
    }

    /// Answers with it: [`Connection::send_file`].
    ///
    /// # Errors
    ///
    /// Those of [`Connection::send_file`].
    pub fn send(&self, connection: &mut Connection, now: &Now) -> Result<Option<Refusal>, Error> {
        let representation = Representation {
            slice: self.slice,
            validators: Validators {
                etag: Some(self.tag.entity_tag()),
                last_modified: self.modified,
            },
            accept_ranges: self.accept_ranges,
        };
        connection.send_file(now, &representation, &self.content, random)
    }
}

/// All of a short file, if it is in memory and as long as it was.
fn read_short(file: &OpenFile) -> Option<Bytes> {
    let length = usize::try_from(file.len()).ok().filter(|length| *length <= SHORT_FILE)?;
    let mut bytes = vec![0; length];
    let read = if length == 0 { 0 } else { file.read_now(0, &mut bytes).ok()?? };
    (read == length).then(|| Bytes::from(bytes))
}

/// Bits for a boundary. Without randomness of the system the boundary can be guessed, by who may
/// choose the content of the file: the time makes that hard at least.
fn random() -> u128 {
    let mut bits = [0; 16];
    match getrandom::fill(&mut bits) {
        Ok(()) => u128::from_ne_bytes(bits),
        Err(_) => std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos()),
    }
}

/// Up to here to read a file and to copy it into the socket costs less than a call of its own:
/// one buffer of a connection.
const SHORT_FILE: usize = 16 << 10;
