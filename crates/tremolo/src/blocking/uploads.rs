//! Bodies and uploads in blocking form: streams are iterators.

use bytes::Bytes;
use tremolo_core::Error;
use tremolo_core::form::FormError;

use super::{Blocking, block_on};
use crate::request::{BodyStream, FileStep, Files, Part, PartStream, Parts};

impl Iterator for Blocking<BodyStream> {
    type Item = Result<Bytes, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        block_on(self.inner.next())
    }
}

impl Iterator for Blocking<PartStream> {
    type Item = Result<Bytes, FormError>;

    fn next(&mut self) -> Option<Self::Item> {
        block_on(self.inner.next())
    }
}

impl Iterator for Blocking<Files> {
    type Item = Result<Blocking<FileStep>, FormError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = block_on(self.inner.next())?;
        Some(step.map(|step| self.wrap(step)))
    }
}

impl Iterator for Blocking<Parts> {
    type Item = Result<Blocking<Part>, FormError>;

    fn next(&mut self) -> Option<Self::Item> {
        let part = block_on(self.inner.next())?;
        Some(part.map(|part| self.wrap(part)))
    }
}

impl Blocking<FileStep> {
    /// [`FileStep::stream`], as an iterator.
    #[must_use]
    pub fn stream(&self) -> Blocking<PartStream> {
        self.wrap(self.inner.stream())
    }
}

impl Blocking<Part> {
    /// [`Part::piece`].
    ///
    /// # Errors
    ///
    /// Those of [`Part::piece`].
    pub fn piece(&self) -> Result<Option<Bytes>, FormError> {
        self.wait(self.inner.piece())
    }

    /// [`Part::bytes`].
    ///
    /// # Errors
    ///
    /// Those of [`Part::bytes`].
    pub fn bytes(&self, limit: usize) -> Result<Bytes, FormError> {
        self.wait(self.inner.bytes(limit))
    }

    /// [`Part::stream`], as an iterator.
    #[must_use]
    pub fn stream(&self) -> Blocking<PartStream> {
        self.wrap(self.inner.stream())
    }
}
