//! Selects the idle connections to close if there are too many (`keepalive_connections`).

use std::time::Instant;

/// Limits the number of idle connections: those that have been idle longest are closed.
///
/// A scan of all connections for each new one would make accepting expensive. So a scan happens
/// after every 64th part of the limit, and makes room for as many connections.
#[derive(Debug)]
pub(crate) struct IdleLimit {
    keep: usize,
    /// Connections accepted since the last scan.
    unseen: usize,
}

impl IdleLimit {
    /// Limits idle connections to `keep`.
    pub(crate) fn new(keep: usize) -> Self {
        Self { keep, unseen: 0 }
    }

    /// Counts a new connection, one of `open`. Returns whether to scan for idle connections now.
    pub(crate) fn arrived(&mut self, open: usize) -> bool {
        self.unseen += 1;
        let due = open > self.keep && self.unseen > self.step();
        if due {
            self.unseen = 0;
        }
        due
    }

    /// The idle connections to close, given each with its keep-alive deadline.
    pub(crate) fn surplus<T>(&self, mut idle: Vec<(Instant, T)>) -> impl Iterator<Item = T> {
        let surplus =
            if idle.len() > self.keep { idle.len() - (self.keep - self.step()) } else { 0 };
        if 0 < surplus && surplus < idle.len() {
            idle.select_nth_unstable_by_key(surplus, |(until, _)| *until);
        }
        idle.into_iter().take(surplus).map(|(_, connection)| connection)
    }

    fn step(&self) -> usize {
        self.keep / 64
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_longest_idle_connections_are_closed() {
        let (limit, start) = (IdleLimit::new(128), Instant::now());
        let idle = |count: u64| -> Vec<_> {
            (0..count).rev().map(|age| (start + Duration::from_secs(age), age)).collect()
        };
        assert_eq!(limit.surplus(idle(128)).count(), 0);
        let mut gone: Vec<_> = limit.surplus(idle(130)).collect();
        gone.sort_unstable();
        assert_eq!(gone, [0, 1, 2, 3], "two too many, and room for as many as come unseen");
        assert_eq!(IdleLimit::new(0).surplus(idle(3)).count(), 3);
    }

    #[test]
    fn scans_only_after_a_part_of_the_limit() {
        let mut limit = IdleLimit::new(128);
        assert!(!limit.arrived(128));
        assert!(!limit.arrived(129));
        assert!(limit.arrived(130));
        assert!(!limit.arrived(131));
        assert!(!limit.arrived(132));
        assert!(limit.arrived(133));
        assert!(IdleLimit::new(0).arrived(1));
    }
}
