//! Applies the rates to a connection.
//!
//! A rate is not a sleep. The receiving half wants no input until [`Cause::UploadRate`], and the
//! queue returns only what is allowed until [`Cause::DownloadRate`]. While our own rate holds the
//! peer back, the deadlines that wait for the peer are postponed.

use std::time::Duration;

use super::{Cause, Connection};
use crate::clock::Now;

impl Connection {
    /// Counts what was read.
    #[inline]
    pub(super) fn spend_upload(&mut self, now: &Now) {
        if self.rates.spend_upload(now.instant, self.inbound.buffered()) {
            self.grant_upload(now);
        }
    }

    /// Sets how much may be read, and a deadline if that is next to nothing.
    pub(super) fn grant_upload(&mut self, now: &Now) {
        if let Some(wait) = self.rates.grant_upload(now.instant) {
            self.deadlines.set(Cause::UploadRate, now.instant, wait);
            for cause in [Cause::Head, Cause::KeepAlive, Cause::Body, Cause::LingeringSilence] {
                self.deadlines.postpone(cause, wait);
            }
        }
    }

    /// Starts a deadline that waits for the peer. It does not start before our own rate allows a
    /// read.
    pub(crate) fn await_input(&mut self, cause: Cause, now: &Now, after: Duration) {
        let from = self.deadlines.get(Cause::UploadRate).unwrap_or(now.instant);
        self.deadlines.set(cause, from.max(now.instant), after);
    }

    /// How much of what is queued may be written now; `None` if that is next to nothing.
    #[inline]
    pub(super) fn transmit_room(&mut self, now: &Now) -> Option<usize> {
        if !self.rates.is_download_limited() {
            return Some(usize::MAX);
        }
        match self.rates.grant_download(now.instant, self.outbound.queued()) {
            Ok(room) => {
                self.deadlines.clear(Cause::DownloadRate);
                Some(room)
            }
            Err(wait) => {
                self.deadlines.set(Cause::DownloadRate, now.instant, wait);
                // The peer is not the cause of the delay.
                self.deadlines.clear(Cause::Write);
                None
            }
        }
    }
}
