//! Limits the TLS handshakes in progress (`tls_max_handshakes`): the oldest ones are closed.

use std::collections::VecDeque;

use tremolo_core::Config;

/// The connections of a worker that may be in the middle of their TLS handshake, oldest first.
///
/// They are checked when there are more than the limit, and then room is made for the 64th part of
/// it. So a new connection costs a few checks, whatever the limit is.
///
/// ```
/// use tremolo_core::Config;
/// use tremolo_net::Handshakes;
///
/// let config = Config { tls_max_handshakes: 2, ..Config::default() };
/// let mut handshakes = Handshakes::new(&config, 1_000);
/// assert_eq!(handshakes.begun("first", |_| true).count(), 0);
/// assert_eq!(handshakes.begun("second", |_| true).count(), 0);
/// assert!(handshakes.begun("third", |_| true).eq(["first"]));
/// ```
#[derive(Debug)]
pub struct Handshakes<T> {
    most: usize,
    begun: VecDeque<T>,
}

impl<T> Handshakes<T> {
    /// Limits the handshakes of a worker that may have `max_connections` open. Half of those are
    /// left for connections that are past their handshake.
    #[must_use]
    pub fn new(config: &Config, max_connections: usize) -> Self {
        let most = config.tls_max_handshakes.min(max_connections / 2).max(1);
        Self { most, begun: VecDeque::new() }
    }

    /// Adds a connection whose handshake begins. Returns the connections to close.
    pub fn begun(
        &mut self,
        connection: T,
        is_handshaking: impl FnMut(&T) -> bool,
    ) -> impl Iterator<Item = T> {
        self.begun.push_back(connection);
        let mut surplus = 0;
        if self.begun.len() > self.most {
            self.begun.retain(is_handshaking);
            surplus = self.begun.len().saturating_sub(self.most - self.most / 64);
        }
        self.begun.drain(..surplus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handshakes(tls_max_handshakes: usize, max_connections: usize) -> Handshakes<usize> {
        let config = Config { tls_max_handshakes, ..Config::default() };
        Handshakes::new(&config, max_connections)
    }

    #[test]
    fn the_oldest_are_closed_and_never_more_than_the_limit_remain() {
        let (mut handshakes, mut closed) = (handshakes(128, 1_000), Vec::new());
        for number in 0..1_000 {
            closed.extend(handshakes.begun(number, |_| true));
            assert!(number + 1 - closed.len() <= 128, "{number}");
        }
        assert!(closed.len() <= 1_000 - 126);
        assert!(closed.iter().copied().eq(0..closed.len()));
    }

    #[test]
    fn those_that_are_done_do_not_count_and_are_not_kept() {
        let mut handshakes = handshakes(2, 1_000);
        for number in 0..1_000 {
            // The first one never completes its handshake.
            let closed = handshakes.begun(number, |begun| [0, number].contains(begun));
            assert_eq!(closed.count(), 0, "{number}");
            assert!(handshakes.begun.len() <= 2);
        }
    }

    #[test]
    fn half_of_the_connections_are_left_for_others() {
        for (most, max_connections, expected) in [(9, 100, 9), (99, 20, 10), (99, 1, 1)] {
            assert_eq!(handshakes(most, max_connections).most, expected);
        }
    }
}
