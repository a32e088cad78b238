//! The clocks of the server: a monotonic one, which can stand still and jump ahead (a suspended
//! machine), and that of the wall, which can be set.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tremolo_core::{Clock, Now};

use crate::scenario::Scenario;

/// The clocks of the server, by the time of the world: milliseconds since the start.
#[derive(Debug)]
pub(crate) struct Timeline<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) start: Instant,
    clock: Clock,
    /// Whether it is the server of the Rust front, which has a wall clock of its own.
    is_front: bool,
}

impl<'a> Timeline<'a> {
    pub(crate) fn new(scenario: &'a Scenario) -> Self {
        // Only differences between instants matter.
        Self { scenario, start: Instant::now(), clock: Clock::default(), is_front: false }
    }

    /// For the server of the Rust front.
    pub(crate) fn of_front(scenario: &'a Scenario) -> Self {
        Self { is_front: true, ..Self::new(scenario) }
    }

    pub(crate) fn is_front(&self) -> bool {
        self.is_front
    }

    /// If the process of the server stands still: until when.
    pub(crate) fn paused_until(&self, at: u64) -> Option<u64> {
        let (begins, lasts) = self.scenario.pause?;
        (begins..begins + lasts).contains(&at).then_some(begins + lasts)
    }

    /// Milliseconds of the server's monotonic clock.
    pub(crate) fn server(&self, at: u64) -> u64 {
        match self.scenario.freeze {
            Some((from, lasts)) if (from..from + lasts).contains(&at) => from,
            _ => at,
        }
    }

    /// When the monotonic clock of the server has reached this.
    pub(crate) fn world(&self, server: u64) -> u64 {
        match self.scenario.freeze {
            Some((from, lasts)) if server > from => server.max(from + lasts),
            _ => server,
        }
    }

    /// How much time has passed between these instants of the world while the server ran.
    pub(crate) fn passed(&self, from: u64, to: u64) -> u64 {
        let stood =
            |(begins, lasts): (u64, u64)| (begins + lasts).min(to).saturating_sub(begins.max(from));
        let Scenario { pause, freeze, .. } = self.scenario;
        let stood: u64 = pause.iter().chain(freeze).copied().map(stood).sum();
        to.saturating_sub(from).saturating_sub(stood)
    }

    pub(crate) fn now(&mut self, at: u64) -> Now {
        let instant = self.start + Duration::from_millis(self.server(at));
        let wall = milliseconds_since_epoch(self.scenario, at);
        let since = Duration::from_millis(wall.unsigned_abs());
        let wall: SystemTime = if wall < 0 { UNIX_EPOCH - since } else { UNIX_EPOCH + since };
        self.clock.now(instant, || wall)
    }

    /// Whether this was the date at some moment between these two. A date is kept for a second of the
    /// monotonic clock.
    pub(crate) fn was_date(&self, seconds: u64, from: u64, to: u64) -> bool {
        if self.is_front {
            return true;
        }
        let mut from = from.saturating_sub(1_000);
        if let Some((begins, lasts)) = self.scenario.freeze
            && from < begins + lasts
            && to >= begins
        {
            from = from.min(begins.saturating_sub(1_000));
        }
        let changes = self.scenario.walls.iter().map(|(at, _)| *at);
        let mut bounds: Vec<u64> = changes.filter(|at| (from + 1..=to).contains(at)).collect();
        bounds.push(to + 1);
        let mut begins = from;
        bounds.into_iter().any(|end| {
            let range = seconds_at(self.scenario, begins)
                ..=seconds_at(self.scenario, end.saturating_sub(1));
            begins = end;
            range.contains(&seconds)
        })
    }
}

fn seconds_at(scenario: &Scenario, at: u64) -> u64 {
    let seconds = u64::try_from(milliseconds_since_epoch(scenario, at)).unwrap_or(0) / 1_000;
    seconds.min(LAST_SECOND)
}

fn milliseconds_since_epoch(scenario: &Scenario, at: u64) -> i64 {
    let set = scenario.walls.iter().rev().find(|(set, _)| *set <= at);
    let at = i64::try_from(at).unwrap_or(i64::MAX);
    EPOCH + at + set.map_or(0, |(_, seconds)| seconds * 1_000)
}

/// The date at the start: `Sun, 06 Nov 1994 08:49:37 GMT`.
const EPOCH: i64 = 784_111_777_000;

/// `Fri, 31 Dec 9999 23:59:59 GMT`: the format has no later date.
const LAST_SECOND: u64 = 253_402_300_799;
