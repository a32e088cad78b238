//! Which idle connections are closed when there are too many of them (`keepalive_connections`).

use std::time::Instant;

/// Keeps the number of idle connections in bounds: those idle longest go.
///
/// To look through all of them for each new one would make accepting expensive where there are
/// many: it is done for every 64th part of the limit, and makes as much room.
#[derive(Debug)]
pub struct IdleLimit {
    keep: usize,
    /// Connections that came since the idle ones were looked through.
    unseen: usize,
}

impl IdleLimit {
    /// A limit of `keep` idle connections.
    #[must_use]
    pub fn new(keep: usize) -> Self {
        Self { keep, unseen: 0 }
    }

    /// A connection has come, and is one of `open`. Says whether it is time to look which are
    /// idle.
    pub fn arrived(&mut self, open: usize) -> bool {
        self.unseen += 1;
        let due = open > self.keep && self.unseen > self.step();
        if due {
            self.unseen = 0;
        }
        due
    }

    /// Those of the idle connections that must go, each given with the instant at which it would
    /// go anyway.
    pub fn surplus<T>(&self, mut idle: Vec<(Instant, T)>) -> impl Iterator<Item = T> {
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
    fn those_idle_longest_go() {
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
    fn looks_only_now_and_then() {
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
