//! How many requests each client may send in a time: the generic cell rate algorithm (ITU-T I.371),
//! for a bounded number of clients. It reads no clock.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::mem;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Limits the requests of each client: so many in a period, evenly refilled, with a burst.
///
/// A client is one number in memory, about 50 bytes. If there are more clients than fit, those that
/// were silent for the longest time are forgotten first: they get a full burst again.
///
/// ```
/// use std::time::{Duration, Instant};
/// use tremolo_core::RateLimiter;
///
/// let mut limiter = RateLimiter::new(2, Duration::from_secs(10), 2, 1_000);
/// let now = Instant::now();
/// assert_eq!(limiter.admit(&"ada", now), Ok(()));
/// assert_eq!(limiter.admit(&"ada", now), Ok(()));
/// assert_eq!(limiter.admit(&"ada", now), Err(Duration::from_secs(5)));
/// assert_eq!(limiter.admit(&"bob", now), Ok(()));
/// assert_eq!(limiter.admit(&"ada", now + Duration::from_secs(5)), Ok(()));
/// ```
#[derive(Debug)]
pub struct RateLimiter {
    /// The time that one request takes from a client.
    interval: Duration,
    /// What a client may be ahead of its rate.
    tolerance: Duration,
    /// Half of the clients, in each of two generations.
    generation: usize,
    hasher: RandomState,
    /// By the hash of a client: when its burst will be full again.
    current: HashMap<u64, Instant>,
    /// Clients that were seen before the current generation began.
    previous: HashMap<u64, Instant>,
}

impl RateLimiter {
    /// `count` requests in a `period`, at most `burst` at once, for at most so many `clients`. A
    /// zero counts as one. A client gets its whole burst back after a century at the latest.
    #[must_use]
    pub fn new(count: u32, period: Duration, burst: u32, clients: usize) -> Self {
        let interval = (period / count.max(1)).clamp(Duration::from_nanos(1), LONGEST);
        Self {
            interval,
            tolerance: interval.saturating_mul(burst.max(1)).min(LONGEST),
            generation: clients.div_ceil(2).max(1),
            hasher: RandomState::new(),
            current: HashMap::new(),
            previous: HashMap::new(),
        }
    }

    /// Counts a request of a client.
    ///
    /// # Errors
    ///
    /// It is one too many, and does not count: the time until the next one is admitted, for
    /// `Retry-After` (RFC 6585 section 4).
    pub fn admit<K: Hash + ?Sized>(&mut self, client: &K, now: Instant) -> Result<(), Duration> {
        let client = self.hasher.hash_one(client);
        let known = self.current.get(&client).copied();
        let full_at = known.or_else(|| self.previous.remove(&client)).unwrap_or(now).max(now);
        let next = full_at + self.interval;
        let ahead = next.saturating_duration_since(now);
        let is_admitted = ahead <= self.tolerance;
        if known.is_none() && self.current.len() >= self.generation {
            self.previous = mem::take(&mut self.current);
        }
        self.current.insert(client, if is_admitted { next } else { full_at });
        if is_admitted { Ok(()) } else { Err(ahead - self.tolerance) }
    }
}

/// The client that an address stands for: an IPv4 address, or the network of 64 bits that one
/// subscriber has in IPv6 (RFC 6177), so that a client cannot escape a limit by changing the rest.
///
/// ```
/// use tremolo_core::client_network;
///
/// let same = ["2001:db8::1", "2001:db8::ffff:2"].map(|text| client_network(text.parse().unwrap()));
/// assert_eq!(same[0], same[1]);
/// assert_eq!(client_network("::ffff:192.0.2.1".parse().unwrap()).to_string(), "192.0.2.1");
/// ```
#[must_use]
pub fn client_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let bits = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(bits.into())
        }
        address @ IpAddr::V4(_) => address,
    }
}

/// A century: a longer time could be added to no instant. No burst takes longer to refill.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 86_400);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::start;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_is_refilled_evenly_and_refusals_cost_nothing() {
        let mut limiter = RateLimiter::new(60, 60 * SECOND, 3, 10);
        let begin = start();
        for _ in 0..3 {
            assert_eq!(limiter.admit(&1, begin), Ok(()));
        }
        for _ in 0..9 {
            assert_eq!(limiter.admit(&1, begin), Err(SECOND));
        }
        assert_eq!(limiter.admit(&1, begin + SECOND / 2), Err(SECOND / 2));
        assert_eq!(limiter.admit(&1, begin + SECOND), Ok(()));
        assert_eq!(limiter.admit(&1, begin + SECOND), Err(SECOND));
        let later = begin + 60 * SECOND;
        let admitted = (0..9).filter(|_| limiter.admit(&1, later).is_ok()).count();
        assert_eq!(admitted, 3);
    }

    #[test]
    fn the_clients_are_bounded_and_the_active_ones_stay() {
        let mut limiter = RateLimiter::new(1, 1_000 * SECOND, 1, 10);
        let now = start();
        assert_eq!(limiter.admit("ada", now), Ok(()));
        for number in 0..1_000 {
            assert_eq!(limiter.admit(&number, now), Ok(()));
            assert!(limiter.admit("ada", now).is_err(), "after {number}");
            assert!(limiter.current.len() + limiter.previous.len() <= 10);
        }
        assert_eq!(limiter.admit(&0, now), Ok(()), "the first one was forgotten");
    }

    proptest! {
        #[test]
        fn no_number_panics(
            count: u32, seconds: u64, burst: u32, clients in 0..9_usize, after in 0..1_u64 << 40,
        ) {
            let period = Duration::from_secs(seconds);
            let mut limiter = RateLimiter::new(count, period, burst, clients);
            let now = start();
            prop_assert_eq!(limiter.admit(&1, now), Ok(()));
            for number in 0..20 {
                let _ = limiter.admit(&number, now + Duration::from_secs(after));
            }
        }
    }
}
