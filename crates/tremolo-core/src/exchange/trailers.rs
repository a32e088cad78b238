//! Trailer fields of a response: what is known only when the body is complete, such as a digest or
//! a result (RFC 9110 section 6.5, RFC 9112 section 7.1.2).
//!
//! They are sent to every client that gets chunks, with `TE: trailers` or without: RFC 9110 section
//! 6.5.1 lets a server do so as long as the client can do without them, and every reader of chunks
//! reads them, if only to drop them. `TE` would only show that they are not dropped on the way.

use super::Exchange;
use super::checks::check_open;
use crate::connection::state::Writing;
use crate::error::{Error, Misuse};
use crate::http1::response::{FieldList, is_of_uncoded};

impl Exchange<'_> {
    /// Sets a trailer field, replacing those of the same name; possible until the body ends.
    ///
    /// They are sent with the end of a body in chunks, and are dropped silently with any other: to
    /// HEAD and HTTP/1.0, with a status that has no body, or if the application declared a length
    /// or wants no chunks. A body that is ended in one call is then sent in a chunk.
    /// Those that are set before the head is sent are announced there in `Trailer`, unless the
    /// application sets that field itself. Intermediaries may drop them: nothing that the client
    /// must have belongs here, except if its request contains `TE: trailers`.
    ///
    /// # Errors
    ///
    /// [`Misuse::ForbiddenTrailer`] for a field that frames, routes, authenticates or describes
    /// the message (RFC 9110 section 6.5.1), and for a digest, a tag or ranges of a body that is
    /// being compressed;
    /// [`Misuse::InvalidFieldName`], [`Misuse::InvalidFieldValue`]; [`Misuse::ResponseEnded`], or
    /// that the connection is gone.
    pub fn set_trailer(&mut self, name: &[u8], value: &[u8]) -> Result<(), Error> {
        Ok(self.trailers_for(name)?.set(name, value)?)
    }

    /// Adds a trailer field beside those of the same name.
    ///
    /// # Errors
    ///
    /// Those of [`Exchange::set_trailer`].
    pub fn append_trailer(&mut self, name: &[u8], value: &[u8]) -> Result<(), Error> {
        Ok(self.trailers_for(name)?.append(name, value)?)
    }

    fn trailers_for(&mut self, name: &[u8]) -> Result<&mut FieldList, Error> {
        check_open(self.connection)?;
        match self.connection.outbound.writing() {
            Writing::Idle => return Err(Misuse::ExchangeOver.into()),
            Writing::BodyDone | Writing::Ended => return Err(Misuse::ResponseEnded.into()),
            Writing::Head | Writing::Body(_) | Writing::Raw => {}
        }
        // A digest is of the content as it is sent (RFC 9530 section 2), which the application
        // does not see.
        if self.connection.outbound.is_coded() && is_of_uncoded(name) {
            return Err(Misuse::ForbiddenTrailer.into());
        }
        Ok(self.connection.outbound.response_mut().trailers_for(name)?)
    }
}
