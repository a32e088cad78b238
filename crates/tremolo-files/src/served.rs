//! A file as a response body: opened once, and sent with the length that was announced.

use std::sync::Arc;

use bytes::Bytes;
use tremolo_core::representation::{
    FileStamp, FileTag, Refusal, Representation, Slice, Validators,
};
use tremolo_core::{Error, Exchange, FileContent, Now};

use crate::OpenFile;

/// A range of an open file with its validators: the argument for a file response.
#[derive(Clone, Debug)]
pub struct ServedFile {
    content: FileContent,
    slice: Slice,
    tag: FileTag,
    /// Seconds since the Unix epoch; `None` before it, because HTTP dates are never that old.
    modified: Option<u64>,
    accept_ranges: bool,
}

impl ServedFile {
    /// At most `count` bytes from `offset` on; `None` for all. Bytes after the end of the file are
    /// ignored.
    ///
    /// A short file that is in memory is read at once, so that head and body are one write.
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

    /// The number of bytes in the range.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.slice.length()
    }

    /// Whether range requests are accepted. Default true.
    #[must_use]
    pub fn accept_ranges(mut self, accept: bool) -> Self {
        self.accept_ranges = accept;
        self
    }

    /// Starts the response with the file; see [`Exchange::send_file`].
    ///
    /// # Errors
    ///
    /// Those of [`Exchange::send_file`].
    pub fn send(&self, exchange: &mut Exchange<'_>, now: &Now) -> Result<Option<Refusal>, Error> {
        let representation = Representation {
            slice: self.slice,
            validators: Validators {
                etag: Some(self.tag.entity_tag()),
                last_modified: self.modified,
            },
            accept_ranges: self.accept_ranges,
        };
        exchange.send_file(now, &representation, &self.content, random)
    }
}

/// Reads a short file, if it is in memory and its length has not changed.
fn read_short(file: &OpenFile) -> Option<Bytes> {
    let length = usize::try_from(file.len()).ok().filter(|length| *length <= SHORT_FILE)?;
    let mut bytes = vec![0; length];
    let read = if length == 0 { 0 } else { file.read_now(0, &mut bytes).ok()?? };
    (read == length).then(|| Bytes::from(bytes))
}

/// Random bits for a multipart boundary. If the system has no randomness, the time is used. A
/// client that also controls the content of the file could then guess the boundary, though not
/// easily.
fn random() -> u128 {
    let mut bits = [0; 16];
    match getrandom::fill(&mut bits) {
        Ok(()) => u128::from_ne_bytes(bits),
        Err(_) => std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_nanos()),
    }
}

/// Bytes up to which a file is read and copied, because that costs less than a `sendfile` call: one
/// page.
const SHORT_FILE: usize = 4 << 10;
