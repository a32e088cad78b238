//! A simulated file: its bytes are computed from their offset, and it can shrink while it is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tremolo_core::FileRegion;

/// A file that stores only its size.
#[derive(Debug)]
pub(crate) struct PatternFile {
    size: AtomicU64,
}

impl PatternFile {
    pub(crate) fn new(size: u64) -> Self {
        Self { size: AtomicU64::new(size) }
    }

    /// Sets the size: bytes beyond it can no longer be read.
    pub(crate) fn resize(&self, size: u64) {
        self.size.store(size, Ordering::Relaxed);
    }

    /// As much of a region as one system call returns; `None` if the file has shrunk.
    pub(crate) fn read(region: &FileRegion) -> Option<Vec<u8>> {
        let file = Arc::clone(&region.file).downcast::<Self>().expect("the file that was given");
        let size = file.size.load(Ordering::Relaxed);
        let end = (region.offset + region.length.min(WINDOW)).min(size);
        (region.offset < end).then(|| pattern(region.offset..end))
    }
}

/// The bytes at these offsets of any such file.
pub(crate) fn pattern(range: std::ops::Range<u64>) -> Vec<u8> {
    range.map(|at| (at % 251) as u8).collect()
}

/// Bytes that one system call returns at most.
const WINDOW: u64 = 1_500;

/// Requests for a file: with ranges, with conditions, and with both.
pub(crate) const FILE_REQUESTS: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=5-20\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=-1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=0-0,10-,300-400\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=9000-\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"v1\"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nIf-Match: \"v2\"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\nIf-Range: \"v2\"\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: a\r\nRange: bytes=5-20\r\n\r\n",
    b"GET / HTTP/1.0\r\nRange: bytes=5-20\r\n\r\n",
];
