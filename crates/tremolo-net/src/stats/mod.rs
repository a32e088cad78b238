//! What a worker has done, in numbers: counted by the driver of its connections at the end of each
//! turn, and read by any thread.

mod prometheus;
mod report;
mod table;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tremolo_core::{CloseReason, Connection, PeerError, Tally};

pub use self::prometheus::MetricsFormat;
pub use self::report::{Measure, Stats};

use self::table::{
    ACCEPT_FAILURES, ACCEPTED, BEGUN, BEGUN_BEFORE, BOUNDS, BUCKETS, CANCELLED, CLOSED, CLOSED_BY,
    COUNTERS, ENDED, FAULTS, HANDLER_TIME, LOST_LINES, RECEIVED, RESPONSES, SAMPLE, SENT, WAITED,
    WAITED_TIME, place_of_fault, place_of_reason,
};

/// The counters of one worker. Only the thread of the worker counts, so that a count costs an
/// addition; [`Counters::waited`] and [`Counters::lost_lines`] may be called by any thread.
///
/// ```
/// use tremolo_net::Counters;
///
/// let counters = Counters::default();
/// counters.accepted();
/// assert_eq!(counters.stats().connections_open(), 1);
/// ```
#[derive(Debug)]
pub struct Counters([AtomicU64; COUNTERS]);

impl Default for Counters {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; COUNTERS])
    }
}

impl Counters {
    /// Continues the counters of a worker that has ended, whose connections are closed.
    pub fn continue_from(&self, ended: &Stats) {
        let mut ended = ended.clone();
        ended.settle();
        for (counter, count) in self.0.iter().zip(ended.numbers()) {
            counter.fetch_add(*count, Ordering::Relaxed);
        }
    }

    /// Requests that this worker has received, malformed ones included: without those of the
    /// workers that it continues.
    #[must_use]
    pub fn own_requests(&self) -> u64 {
        let count = |place: usize| self.0[place].load(Ordering::Relaxed);
        count(BEGUN).wrapping_sub(count(BEGUN_BEFORE))
    }

    /// The numbers of this moment.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::new(std::array::from_fn(|place| self.0[place].load(Ordering::Relaxed)))
    }

    #[inline]
    fn add(&self, place: usize, count: u64) {
        if let Some(counter) = self.0.get(place) {
            let sum = counter.load(Ordering::Relaxed).wrapping_add(count);
            counter.store(sum, Ordering::Relaxed);
        }
    }

    /// A connection was accepted.
    pub fn accepted(&self) {
        self.add(ACCEPTED, 1);
    }

    /// `accept` has failed, and not because of one connection.
    pub fn accept_failed(&self) {
        self.add(ACCEPT_FAILURES, 1);
    }

    /// A connection is over. `None`: it was refused before its first byte was read.
    pub fn closed(&self, reason: Option<CloseReason>) {
        self.add(CLOSED, 1);
        self.add(CLOSED_BY + place_of_reason(reason.unwrap_or(CloseReason::Finished)), 1);
    }

    /// A request was refused.
    #[cold]
    pub fn refused(&self, fault: PeerError) {
        self.add(FAULTS + place_of_fault(fault), 1);
    }

    /// A handler was cancelled.
    #[cold]
    pub fn cancelled(&self, reason: CloseReason) {
        self.add(CANCELLED + place_of_reason(reason), 1);
    }

    /// Lines of the access log could not be written.
    #[cold]
    pub fn lost_lines(&self, lines: u64) {
        self.0[LOST_LINES].fetch_add(lines, Ordering::Relaxed);
    }

    /// The request of a blocking handler has waited so long for a thread.
    pub fn waited(&self, time: Duration) {
        self.0[WAITED].fetch_add(1, Ordering::Relaxed);
        self.0[WAITED_TIME].fetch_add(nanoseconds(time), Ordering::Relaxed);
    }

    /// A turn of a connection has ended, which began at `began`. Call it once for each turn, also
    /// for the last one.
    ///
    /// A reading of the clock costs as much as everything else here. So of the handlers that have
    /// returned within the turn that has called them, one in eight is timed, by `now`, and
    /// the next ones count as if they had taken as long. Others are timed all.
    #[inline]
    pub fn turn_ended(
        &self,
        connection: &mut Connection,
        began: Instant,
        now: impl FnOnce() -> Instant,
    ) {
        let (received, sent) =
            (connection.peek().turn().received(), connection.peek().turn().written());
        self.add(RECEIVED, received.into());
        self.add(SENT, sent.into());
        connection.take_tally(|tally| self.count(tally, began, now));
    }

    #[inline]
    fn count(&self, tally: &Tally, began: Instant, now: impl FnOnce() -> Instant) {
        self.add(BEGUN, tally.begun.into());
        for (class, count) in tally.responses.iter().enumerate() {
            if *count > 0 {
                self.add(RESPONSES + class, u64::from(*count));
            }
        }
        let Some(first_began) = tally.first_began else { return };
        let mut ended = u64::from(tally.ended);
        let before = self.0[ENDED].load(Ordering::Relaxed);
        self.add(ENDED, ended);
        if first_began < began {
            self.took(nanoseconds(began.saturating_duration_since(first_began)), 1);
            ended -= 1;
        }
        if ended > 0 {
            let since = before % SAMPLING;
            if since == 0 || since + ended > SAMPLING {
                let sample = nanoseconds(now().saturating_duration_since(began));
                self.0[SAMPLE].store(sample, Ordering::Relaxed);
            }
            self.took(self.0[SAMPLE].load(Ordering::Relaxed), ended);
        }
    }

    /// Exchanges took so many nanoseconds each.
    #[inline]
    fn took(&self, time: u64, count: u64) {
        let bucket = BOUNDS.iter().position(|(bound, _)| time <= *bound);
        self.add(BUCKETS + bucket.unwrap_or(BOUNDS.len()), count);
        self.add(HANDLER_TIME, time.wrapping_mul(count));
    }
}

/// Of so many exchanges one is timed.
const SAMPLING: u64 = 8;

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
