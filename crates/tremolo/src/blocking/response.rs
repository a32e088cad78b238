//! The response in blocking form.

use tremolo_core::{Error, Piece};

use super::Blocking;
use crate::response::Response;

impl Blocking<Response> {
    /// [`Response::write`].
    ///
    /// # Errors
    ///
    /// Those of [`Response::write`].
    pub fn write<'a>(&self, piece: impl Into<Piece<'a>>) -> Result<(), Error> {
        self.wait(self.inner.write(piece))
    }

    /// [`Response::write_none`].
    ///
    /// # Errors
    ///
    /// Those of [`Response::write_none`].
    pub fn write_none(&self) -> Result<(), Error> {
        self.wait(self.inner.write_none())
    }

    /// [`Response::end`].
    ///
    /// # Errors
    ///
    /// Those of [`Response::end`].
    pub fn end<'a>(&self, piece: impl Into<Piece<'a>>) -> Result<(), Error> {
        self.wait(self.inner.end(piece))
    }

    /// [`Response::send`].
    ///
    /// # Errors
    ///
    /// Those of [`Response::send`].
    pub fn send<'a>(&self, bytes: impl Into<Piece<'a>>) -> Result<(), Error> {
        self.wait(self.inner.send(bytes))
    }

    /// [`Response::send_none`].
    ///
    /// # Errors
    ///
    /// Those of [`Response::send_none`].
    pub fn send_none(&self) -> Result<(), Error> {
        self.wait(self.inner.send_none())
    }
}
