//! What has been read of a body and was given to nobody yet.
//!
//! It lives with the request, not with a read: one that is cancelled, or runs out of time, loses
//! nothing, and two do not tear apart what the other one has. It changes under locks: to make,
//! grow and free arrays of bytes runs no Python.

use std::ops::Range;

use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};

use crate::ffi;

/// The pieces, one behind the other.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// The first piece, as long as it is the only one: that is not copied.
    first: Bytes,
    /// All of them, once there are more, and room for others. The whole body is this very object:
    /// it is copied once, as it comes, and is never in memory twice.
    joined: Option<Py<PyByteArray>>,
    /// Where in that the bytes are that nobody has taken.
    held: Range<usize>,
}

impl Gathered {
    pub(super) fn len(&self) -> usize {
        self.first.len() + self.held.len()
    }

    /// Adds a piece of a body that is at most so long.
    ///
    /// What a peer announces only bounds the room that is made: that follows what has come.
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

    /// Takes so many bytes, or all, from the front.
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

    /// Takes all.
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
                // Two read at the same time: what the one has taken must not stay for the other.
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
