//! Queries about the current exchange, and its options. No method here queues a byte.

use super::Connection;
use super::state::{Reading, Writing};
use crate::error::{Error, Misuse};
use crate::http1::response::{BodySize, Framing, ResponseHead};

impl Connection {
    /// Whether the connection may serve another request after this one.
    #[must_use]
    pub fn keeps_alive(&self) -> bool {
        let head_closes =
            self.outbound.writing() == Writing::Head && self.outbound.response().close();
        self.lifecycle.persists() && !head_closes
    }

    /// Sets whether the connection stays open after this exchange. Before the head is sent, it also
    /// sets the `Connection` field (RFC 9112 section 9.6). The connection closes in any case if the
    /// client asked for that, or if it cannot be kept for another reason.
    ///
    /// # Errors
    ///
    /// [`Misuse::ExchangeOver`], or that the connection is gone.
    pub fn set_keep_alive(&mut self, keep: bool) -> Result<(), Error> {
        self.check_open()?;
        match self.outbound.writing() {
            Writing::Idle => return Err(Misuse::ExchangeOver.into()),
            Writing::Head if keep => {
                let may_follow = self.inbound.reading() != Reading::Ignore;
                self.lifecycle.allow_reuse(self.inbound.head().keep_alive() && may_follow);
            }
            _ if !keep => self.lifecycle.forbid_reuse(),
            _ => {}
        }
        Ok(())
    }

    /// Sets another size than `buffer_size` for the current response: `write` should wait while
    /// more than four times as much is queued. Reads, and the burst of a rate, keep the size of the
    /// configuration.
    ///
    /// # Errors
    ///
    /// [`Misuse::ExchangeOver`], or that the connection is gone.
    pub fn set_buffer_size(&mut self, bytes: usize) -> Result<(), Error> {
        self.check_open()?;
        if self.outbound.writing() == Writing::Idle {
            return Err(Misuse::ExchangeOver.into());
        }
        self.outbound.set_buffer_size(bytes);
        Ok(())
    }

    /// Whether what is written now is sent as a body: not in a response to HEAD, and not with a
    /// status that has none (RFC 9110 sections 9.3.2 and 6.4.1).
    #[must_use]
    pub fn takes_body(&self) -> bool {
        match self.outbound.writing() {
            Writing::Head => {
                let plan = self.outbound.plan(BodySize::Streamed, self.inbound.head());
                plan.sent != Framing::None
            }
            Writing::Body(framing) => framing != Framing::None,
            Writing::Idle | Writing::BodyDone | Writing::Raw | Writing::Ended => false,
        }
    }

    /// Whether the body that has begun is sent in chunks.
    #[must_use]
    pub fn is_chunked(&self) -> bool {
        // A body that was ended with its last chunk is sent in chunks.
        matches!(self.outbound.writing(), Writing::Body(Framing::Chunked) | Writing::BodyDone)
    }

    /// The head of the current response.
    #[must_use]
    pub fn response(&self) -> &ResponseHead {
        self.outbound.response()
    }

    /// Whether the head was sent.
    #[must_use]
    pub fn is_head_sent(&self) -> bool {
        !matches!(self.outbound.writing(), Writing::Idle | Writing::Head | Writing::Raw)
    }

    /// Whether nothing of the response was sent, so that an error page is possible.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        self.outbound.writing() == Writing::Head && self.lifecycle.is_open()
    }
}
