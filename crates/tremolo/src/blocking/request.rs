//! The request in blocking form.

use std::sync::Arc;

use bytes::Bytes;
use tremolo_core::Error;
use tremolo_core::form::{FileLimits, FormData, FormError, FormLimits};

use super::Blocking;
use crate::request::{BodyStream, Files, Parts, Request};

impl Blocking<Request> {
    /// [`Request::draining`].
    pub fn draining(&self) {
        self.wait(self.inner.draining());
    }

    /// [`Request::body`].
    ///
    /// # Errors
    ///
    /// Those of [`Request::body`].
    pub fn body(&self) -> Result<Bytes, Error> {
        self.wait(self.inner.body())
    }

    /// [`Request::piece`].
    ///
    /// # Errors
    ///
    /// Those of [`Request::body`].
    pub fn piece(&self) -> Result<Option<Bytes>, Error> {
        self.wait(self.inner.piece())
    }

    /// [`Request::read`].
    ///
    /// # Errors
    ///
    /// Those of [`Request::body`].
    pub fn read(&self, size: usize) -> Result<Bytes, Error> {
        self.wait(self.inner.read(size))
    }

    /// [`Request::recv`].
    ///
    /// # Errors
    ///
    /// Those of [`Request::body`].
    pub fn recv(&self, size: usize) -> Result<Bytes, Error> {
        self.wait(self.inner.recv(size))
    }

    /// [`Request::stream`], as an iterator.
    ///
    /// ```
    /// use tremolo::{BlockingRequest, HttpError, blocking};
    ///
    /// fn count(request: BlockingRequest) -> Result<String, HttpError> {
    ///     let mut size = 0;
    ///     for piece in request.stream() {
    ///         size += piece?.len();
    ///     }
    ///     Ok(format!("{size} bytes"))
    /// }
    /// # tremolo::Application::new().route("/", blocking(count));
    /// ```
    #[must_use]
    pub fn stream(&self) -> Blocking<BodyStream> {
        self.wrap(self.inner.stream())
    }

    /// [`Request::form`].
    ///
    /// # Errors
    ///
    /// Those of [`Request::form`].
    pub fn form(&self) -> Result<Arc<FormData>, FormError> {
        self.wait(self.inner.form())
    }

    /// [`Request::form_with`].
    ///
    /// # Errors
    ///
    /// Those of [`Request::form`].
    pub fn form_with(&self, limits: FormLimits) -> Result<Arc<FormData>, FormError> {
        self.wait(self.inner.form_with(limits))
    }

    /// [`Request::files`], as an iterator.
    #[must_use]
    pub fn files(&self) -> Blocking<Files> {
        self.wrap(self.inner.files())
    }

    /// [`Request::files_with`], as an iterator.
    #[must_use]
    pub fn files_with(&self, limits: FileLimits) -> Blocking<Files> {
        self.wrap(self.inner.files_with(limits))
    }

    /// [`Request::parts`], as an iterator of parts that are in blocking form too.
    #[must_use]
    pub fn parts(&self) -> Blocking<Parts> {
        self.wrap(self.inner.parts())
    }

    /// [`Request::disconnected`].
    pub fn disconnected(&self) {
        self.wait(self.inner.disconnected());
    }
}
