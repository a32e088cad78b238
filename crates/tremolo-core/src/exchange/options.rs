//! The options of one exchange: what holds for it instead of the configuration. No method here
//! queues a byte.

use std::sync::Arc;
use std::time::Duration;

use super::checks::{check_open, response_mut};
use crate::clock::Now;
use crate::connection::state::{Reading, Writing};
use crate::connection::{Cause, Connection};
use crate::error::{Error, Misuse};

/// The options of the current exchange ([`Exchange::options`](super::Exchange::options)).
#[derive(Debug)]
pub struct ExchangeOptions<'a> {
    connection: &'a mut Connection,
}

impl<'a> ExchangeOptions<'a> {
    #[inline]
    pub(super) fn new(connection: &'a mut Connection) -> Self {
        Self { connection }
    }
}

impl ExchangeOptions<'_> {
    /// Sets whether the connection stays open after this exchange. Before the head is sent, it also
    /// sets the `Connection` field (RFC 9112 section 9.6). The connection closes in any case if the
    /// client asked for that, or if it cannot be kept for another reason.
    ///
    /// # Errors
    ///
    /// [`Misuse::ExchangeOver`], or that the connection is gone.
    pub fn set_keep_alive(&mut self, keep: bool) -> Result<(), Error> {
        check_open(self.connection)?;
        match self.connection.outbound.writing() {
            Writing::Idle => return Err(Misuse::ExchangeOver.into()),
            Writing::Head if keep => {
                let inbound = &self.connection.inbound;
                let may_follow = inbound.reading() != Reading::Ignore;
                self.connection.lifecycle.allow_reuse(inbound.head().keep_alive() && may_follow);
            }
            _ if !keep => self.connection.lifecycle.forbid_reuse(),
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
        check_open(self.connection)?;
        if self.connection.outbound.writing() == Writing::Idle {
            return Err(Misuse::ExchangeOver.into());
        }
        self.connection.outbound.set_buffer_size(bytes);
        Ok(())
    }

    /// Sets another rate than `download_rate` for the current response, in bytes per second; 0
    /// for none. Its first `4 × buffer_size` bytes are not delayed. To set the rate that it has
    /// changes nothing.
    ///
    /// # Errors
    ///
    /// [`Misuse::ResponseEnded`], or that the connection is gone.
    pub fn set_rate(&mut self, bytes_per_second: u64) -> Result<(), Error> {
        check_open(self.connection)?;
        match self.connection.outbound.writing() {
            Writing::Idle => Err(Misuse::ExchangeOver.into()),
            Writing::Ended => Err(Misuse::ResponseEnded.into()),
            _ if self.connection.rates.download_rate() == bytes_per_second => Ok(()),
            Writing::Head | Writing::Body(_) | Writing::BodyDone | Writing::Raw => {
                self.connection.rates.set_own(bytes_per_second, self.connection.settings.config());
                self.connection.outbound.reset_growth();
                Ok(())
            }
        }
    }

    /// Whether this response may be compressed, instead of `compression`. It then is, if the
    /// client accepts a coding that is on offer and the response allows it: not without a body, a
    /// range, coded or compressed already, with a digest, with `Cache-Control: no-transform`, a
    /// file, raw bytes, or known to be shorter than `compression_min_size`.
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`], or that the response or the connection is over.
    pub fn set_compression(&mut self, compress: bool) -> Result<(), Error> {
        response_mut(self.connection)?;
        self.connection.outbound.set_compress(compress);
        Ok(())
    }

    /// Whether each piece that is yielded is sent at once (`true`, the default), or together with
    /// others, when they fill half of `buffer_size` or the body ends.
    ///
    /// # Errors
    ///
    /// [`Misuse::HeadAlreadySent`], or that the response or the connection is over.
    pub fn set_streaming(&mut self, stream: bool) -> Result<(), Error> {
        response_mut(self.connection)?;
        self.connection.outbound.set_coalescing(!stream);
        Ok(())
    }

    /// Sets another time than `app_handler_timeout` for the current handler, from now on; `None`:
    /// no limit.
    pub fn set_handler_timeout(&mut self, now: &Now, after: Option<Duration>) {
        if !self.connection.lifecycle.is_handler_running()
            || self.connection.lifecycle.is_closed()
            || self.connection.is_upgraded()
        {
            return;
        }
        self.connection.lifecycle.set_handler_timeout(after);
        match after {
            Some(after) => self.connection.deadlines.set(Cause::Handler, now.instant, after),
            None => self.connection.deadlines.clear(Cause::Handler),
        }
    }

    /// Gives the current exchange an identifier, for the `request_id` of
    /// [`Finished`](crate::Finished). It has no effect unless exchanges are recorded.
    pub fn set_request_id(&mut self, id: Arc<str>) {
        if let Some(record) = &mut self.connection.record {
            record.set_request_id(id);
        }
    }
}
