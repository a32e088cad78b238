//! Counts what begins and ends on a connection, for the counters of its worker.
//!
//! Unlike the record of the access log it is always there: a few additions per exchange, without an
//! allocation.

use std::time::Instant;

/// What has happened on a connection since the driver has last looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that have begun, malformed ones included.
    pub begun: u16,
    /// Exchanges that are over: their response is complete, or was cut, and their handler is done.
    pub ended: u16,
    /// Heads of responses that were queued, by the first digit of their status: from 1xx, which is
    /// only 101, to 5xx. A response of raw bytes has none.
    pub responses: [u16; 5],
    /// Whether anything was counted.
    pub(crate) has_news: bool,
    /// When the first of the `ended` exchanges had begun. All others have begun since the driver
    /// has last looked.
    pub first_began: Option<Instant>,
}

/// The tally of a connection, and its current exchange.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    tally: Tally,
    /// When the current exchange has begun.
    began: Option<Instant>,
}

impl Tallies {
    #[inline]
    pub(crate) fn begin(&mut self, now: Instant) {
        self.tally.has_news = true;
        self.began = Some(now);
        self.tally.begun = self.tally.begun.wrapping_add(1);
    }

    #[inline]
    pub(crate) fn head_sent(&mut self, status: u16) {
        self.tally.has_news = true;
        let class = usize::from(status / 100).wrapping_sub(1);
        if let Some(count) = self.tally.responses.get_mut(class) {
            *count = count.wrapping_add(1);
        }
    }

    /// The current exchange is over. Nothing changes if there is none.
    #[inline]
    pub(crate) fn end(&mut self) {
        let Some(began) = self.began.take() else { return };
        self.tally.has_news = true;
        if self.tally.ended == 0 {
            self.tally.first_began = Some(began);
        }
        self.tally.ended = self.tally.ended.wrapping_add(1);
    }

    /// Calls the function with the sums, which are zero afterwards, if there are any.
    #[inline]
    pub(crate) fn take(&mut self, count: impl FnOnce(&Tally)) {
        if self.tally.has_news {
            count(&self.tally);
            self.tally = Tally::default();
        }
    }
}
