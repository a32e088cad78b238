//! The buffer of a request body: bytes that were received and not yet taken by a read.
//!
//! It belongs to the request, and not to a read: a read that is cancelled or times out loses no
//! bytes, and concurrent reads take from one buffer. It changes under a lock: creating, growing and
//! freeing a `bytearray` runs no Python code.

use std::ops::Range;

use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};

use crate::ffi;

/// Received bytes.
#[derive(Debug, Default)]
pub(super) struct BodyBuffer {
    /// The first piece, as long as it is the only one: it is not copied.
    first: Bytes,
    /// All pieces, once there are several, and room for more. The result of `request.body()` is
    /// this object: a body is copied once, and is never in memory twice.
    joined: Option<Py<PyByteArray>>,
    /// The range of `joined` that was not taken yet.
    held: Range<usize>,
}

impl BodyBuffer {
    pub(super) fn len(&self) -> usize {
        self.first.len() + self.held.len()
    }

    /// Adds a piece of a body whose length is at most `at_most`.
    ///
    /// The announced length only bounds the allocation, which follows the received bytes.
    pub(super) fn push(&mut self, py: Python<'_>, piece: Bytes, at_most: usize) -> PyResult<()> {
        if self.len() == 0 {
            self.first = piece;
            return Ok(());
        }
        let first = std::mem::take(&mut self.first);
        if !first.is_empty() {
            self.join(py, &first, at_most)?;
        }
        self.join(py, &piece, at_most)
    }

    /// Takes `size` bytes, or all, from the front.
    pub(super) fn take<'py>(&mut self, py: Python<'py>, size: usize) -> Bound<'py, PyBytes> {
        let size = size.min(self.len());
        let Some(joined) = &self.joined else {
            return PyBytes::new(py, &self.first.split_to(size));
        };
        let end = self.held.start + size;
        let taken = ffi::part(joined.bind(py), self.held.start..end);
        self.held.start = end;
        if self.held.is_empty() {
            (self.joined, self.held) = (None, 0..0);
        }
        taken
    }

    /// Takes all bytes.
    pub(super) fn take_whole<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyByteArray>> {
        if self.held.start > 0 {
            return Ok(PyByteArray::new(py, self.take(py, usize::MAX).as_bytes()));
        }
        let Some(joined) = self.joined.take() else {
            return Ok(PyByteArray::new(py, &std::mem::take(&mut self.first)));
        };
        let joined = joined.into_bound(py);
        joined.resize(std::mem::take(&mut self.held).len())?;
        Ok(joined)
    }

    fn join(&mut self, py: Python<'_>, piece: &[u8], at_most: usize) -> PyResult<()> {
        let mut joined = match &self.joined {
            Some(joined) => joined.bind(py).clone(),
            None => PyByteArray::new(py, &[]),
        };
        if self.held.end + piece.len() > joined.len() {
            if self.held.start > 0 {
                // Two concurrent reads: bytes that were taken must not stay in the buffer.
                joined = PyByteArray::new(py, ffi::part(&joined, self.held.clone()).as_bytes());
                self.held = 0..self.held.len();
            }
            let needed = self.held.end + piece.len();
            joined.resize(needed.max(at_most.min(needed + needed / 2)))?;
        }
        ffi::fill(&joined, self.held.end, piece);
        self.held.end += piece.len();
        self.joined = Some(joined.unbind());
        Ok(())
    }
}
