//! What can be asked of the exchange in work, and what its application decides about it.
//!
//! Nothing here puts a byte on the wire.

use super::Connection;
use super::state::{Reading, Writing};
use crate::error::{Error, Misuse};
use crate::http1::response::{BodySize, Framing};

impl Connection {
    /// Whether the connection may serve another request after this one.
    #[must_use]
    pub fn keeps_alive(&self) -> bool {
        self.persist && !(self.writing == Writing::Head && self.response.close())
    }

    /// Takes back, or grants again, that the connection stays after this exchange. As long as
    /// the head is to go, it says so (RFC 9112 section 9.6); what the client does not want, or
    /// what cannot be kept for another reason, is not granted.
    ///
    /// # Errors
    ///
    /// [`Misuse::ExchangeOver`], or that the connection is gone.
    pub fn set_keep_alive(&mut self, keep: bool) -> Result<(), Error> {
        self.check_open()?;
        match self.writing {
            Writing::Idle => return Err(Misuse::ExchangeOver.into()),
            Writing::Head if keep => {
                let lost = self.draining || self.reading == Reading::Ignore;
                self.persist = self.head.keep_alive() && !lost;
            }
            _ => self.persist &= keep,
        }
        Ok(())
    }

    /// Sets another size than `buffer_size` for the response in work: `write` should wait while
    /// more than four times as much is queued. Reads, and what a rate lets pass at once, keep
    /// the size of the configuration.
    ///
    /// # Errors
    ///
    /// [`Misuse::ExchangeOver`], or that the connection is gone.
    pub fn set_buffer_size(&mut self, bytes: usize) -> Result<(), Error> {
        self.check_open()?;
        if self.writing == Writing::Idle {
            return Err(Misuse::ExchangeOver.into());
        }
        self.buffer_size = bytes.max(1);
        Ok(())
    }

    /// How many bytes of the body were taken in so far, without those of its coding.
    #[must_use]
    pub fn body_received(&self) -> u64 {
        self.decoder.received()
    }

    /// Whether the body was read to its end, or there is none.
    #[must_use]
    pub fn is_body_read(&self) -> bool {
        self.reading != Reading::Raw && self.body_fault.is_none() && self.decoder.is_done()
    }

    /// Whether the client still waits for `100 Continue` (RFC 9110 section 10.1.1).
    #[must_use]
    pub fn owes_continue(&self) -> bool {
        self.continue_owed
    }

    /// Whether what is written now goes out as a body: not in answer to HEAD, and not with a status
    /// that has none (RFC 9110 sections 9.3.2 and 6.4.1).
    #[must_use]
    pub fn takes_body(&self) -> bool {
        match self.writing {
            Writing::Head => self.plan(BodySize::Streamed).sent != Framing::None,
            Writing::Body(framing) => framing != Framing::None,
            Writing::Idle | Writing::BodyDone | Writing::Raw | Writing::Ended => false,
        }
    }

    /// Whether the body that has begun goes out in chunks.
    #[must_use]
    pub fn is_chunked(&self) -> bool {
        // A body that was ended with its last chunk is one of chunks.
        matches!(self.writing, Writing::Body(Framing::Chunked) | Writing::BodyDone)
    }
}
