//! The counters of one or more workers at one moment.

use std::iter::Sum;
use std::ops::AddAssign;
use std::time::Duration;

use tremolo_core::CloseReason;

use super::table::{
    ACCEPTED, BEGUN, BEGUN_BEFORE, BOUNDS, BUCKETS, CANCELLED, CLOSED, CLOSED_BY, COUNTERS, ENDED,
    FAMILIES, HANDLER_TIME, Kind, LOST_LINES, RECEIVED, RESPONSES, SENT, WAITED, WAITED_TIME,
    place_of_reason,
};

/// What a server has done since its start, in numbers.
///
/// The numbers of several workers add up. They are read while the workers count: those of one
/// moment may differ by the request that just ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats([u64; COUNTERS]);

impl Default for Stats {
    fn default() -> Self {
        Self([0; COUNTERS])
    }
}

/// A number of a report, and the name of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// One number.
    Count(u64),
    /// Several, by the value of a label.
    Counts(Vec<(&'static str, u64)>),
    /// A number of events and the time of all of them.
    Time(u64, Duration),
}

impl Stats {
    pub(super) fn new(numbers: [u64; COUNTERS]) -> Self {
        Self(numbers)
    }

    /// All numbers in a fixed order, for another process of the same version.
    #[must_use]
    pub fn numbers(&self) -> &[u64] {
        &self.0
    }

    /// The reverse of [`Stats::numbers`]; what is missing is zero.
    #[must_use]
    pub fn from_numbers(numbers: &[u64]) -> Self {
        Self(std::array::from_fn(|place| numbers.get(place).copied().unwrap_or(0)))
    }

    /// The worker has ended: nothing of it is open.
    pub(super) fn settle(&mut self) {
        self.0[CLOSED] = self.0[ACCEPTED];
        self.0[ENDED] = self.0[BEGUN];
        self.0[BEGUN_BEFORE] = self.0[BEGUN];
    }

    /// Connections that were accepted.
    #[must_use]
    pub fn connections_accepted(&self) -> u64 {
        self.0[ACCEPTED]
    }

    /// Connections that are open.
    #[must_use]
    pub fn connections_open(&self) -> u64 {
        self.difference(ACCEPTED, CLOSED)
    }

    /// Open connections without a request in progress.
    #[must_use]
    pub fn connections_idle(&self) -> u64 {
        self.connections_open().saturating_sub(self.requests_in_progress())
    }

    /// Connections that were closed for this reason. All faults of peers count as one reason.
    #[must_use]
    pub fn connections_closed(&self, reason: CloseReason) -> u64 {
        self.0[CLOSED_BY + place_of_reason(reason)]
    }

    /// Requests that were received, malformed ones included.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.0[BEGUN]
    }

    /// Requests whose response is not complete.
    #[must_use]
    pub fn requests_in_progress(&self) -> u64 {
        self.difference(BEGUN, ENDED)
    }

    /// Responses whose head was sent, by the first digit of their status: `class` is 1 to 5.
    #[must_use]
    pub fn responses(&self, class: usize) -> u64 {
        if (1..=5).contains(&class) { self.0[RESPONSES + class - 1] } else { 0 }
    }

    /// Handlers that were cancelled for this reason.
    #[must_use]
    pub fn handlers_cancelled(&self, reason: CloseReason) -> u64 {
        self.0[CANCELLED + place_of_reason(reason)]
    }

    /// Bytes that were received, without their encryption.
    #[must_use]
    pub fn bytes_received(&self) -> u64 {
        self.0[RECEIVED]
    }

    /// Bytes that were sent, without their encryption.
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        self.0[SENT]
    }

    /// Exchanges that are over, and their time in all, each from its complete request head to its
    /// complete response. Of handlers that return without waiting, one in eight is timed, and counts
    /// for the next seven as well.
    #[must_use]
    pub fn request_time(&self) -> (u64, Duration) {
        (self.buckets(BUCKETS).iter().sum(), Duration::from_nanos(self.0[HANDLER_TIME]))
    }

    /// Requests of blocking handlers, and how long all of them have waited for a thread.
    #[must_use]
    pub fn queue_time(&self) -> (u64, Duration) {
        (self.0[WAITED], Duration::from_nanos(self.0[WAITED_TIME]))
    }

    /// Lines of the access log that could not be written to its file.
    #[must_use]
    pub fn lost_log_lines(&self) -> u64 {
        self.0[LOST_LINES]
    }

    /// All measures under their names in reports, without prefix and suffix.
    pub fn measures(&self) -> impl Iterator<Item = (&'static str, Measure)> {
        FAMILIES.iter().map(|family| (family.name, self.measure(family.kind)))
    }

    fn measure(&self, kind: Kind) -> Measure {
        match kind {
            Kind::Counter(place) => Measure::Count(self.0[place]),
            Kind::Gauge { begun, ended } => Measure::Count(self.difference(begun, ended)),
            Kind::Idle => Measure::Count(self.connections_idle()),
            Kind::Counters(place, _, labels) => {
                Measure::Counts(self.labelled(place, labels).collect())
            }
            Kind::Summary { count, sum } => {
                Measure::Time(self.0[count], Duration::from_nanos(self.0[sum]))
            }
            Kind::Histogram { buckets, sum } => {
                let count = self.buckets(buckets).iter().sum();
                Measure::Time(count, Duration::from_nanos(self.0[sum]))
            }
        }
    }

    pub(super) fn at(&self, place: usize) -> u64 {
        self.0[place]
    }

    pub(super) fn labelled(
        &self,
        place: usize,
        labels: &'static [&'static str],
    ) -> impl Iterator<Item = (&'static str, u64)> {
        labels.iter().copied().zip(self.0[place..].iter().copied())
    }

    /// The numbers of a histogram, not cumulative.
    pub(super) fn buckets(&self, place: usize) -> &[u64] {
        &self.0[place..=place + BOUNDS.len()]
    }

    pub(super) fn difference(&self, begun: usize, ended: usize) -> u64 {
        self.0[begun].saturating_sub(self.0[ended])
    }
}

impl AddAssign<&Self> for Stats {
    fn add_assign(&mut self, other: &Self) {
        for (sum, number) in self.0.iter_mut().zip(other.0) {
            *sum = sum.wrapping_add(number);
        }
    }
}

impl Sum for Stats {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum += &one;
            sum
        })
    }
}
