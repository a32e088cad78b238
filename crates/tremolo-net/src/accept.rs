//! Limits for `accept`: the number of connections, and the meaning of failures.

use std::time::Duration;
use std::{fmt, io};

use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};
use tremolo_core::Config;

/// The number of connections that a process may have open, and the reason for it.
///
/// `max_connections` decides; without it the limit of open files (`RLIMIT_NOFILE`) does, which is
/// raised to its hard limit in any case. Some descriptors are reserved: for listening sockets,
/// event queues, and what handlers open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionLimit {
    /// Connections of the process, at least 1.
    pub connections: usize,
    /// Descriptors that the process may have open; `usize::MAX` if the system has no limit.
    pub descriptors: usize,
    /// Descriptors that are not for connections.
    pub reserve: usize,
}

impl ConnectionLimit {
    /// The limit of this process, for this number of workers.
    #[must_use]
    pub fn new(config: &Config, workers: usize) -> Self {
        Self::of(raise_descriptors(), config.max_connections, workers)
    }

    fn of(descriptors: usize, max_connections: Option<usize>, workers: usize) -> Self {
        let least = workers.max(1).saturating_mul(DESCRIPTORS_OF_WORKER);
        let reserve = (descriptors / 4).clamp(least, RESERVED_DESCRIPTORS.max(least));
        let connections = max_connections.unwrap_or_else(|| descriptors.saturating_sub(reserve));
        Self { connections: connections.max(1), descriptors, reserve }
    }

    /// Whether descriptors may run out before the limit is reached, or the system allows so few
    /// that the limit is likely to be reached. Log a warning at the start then.
    #[must_use]
    pub fn is_tight(&self) -> bool {
        self.descriptors < FEW_DESCRIPTORS
            || self.descriptors.saturating_sub(self.reserve) < self.connections
    }
}

impl fmt::Display for ConnectionLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connections, descriptors, reserve } = self;
        write!(
            f,
            "few file descriptors: the limit (ulimit -n) is {descriptors}, {reserve} are \
             reserved, connections are limited to {connections}"
        )
    }
}

/// Raises the limit of descriptors as far as this process may; returns it.
fn raise_descriptors() -> usize {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return usize::MAX };
    let raised = setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok();
    match if raised { hard } else { soft } {
        RLIM_INFINITY => usize::MAX,
        open => usize::try_from(open).unwrap_or(usize::MAX),
    }
}

/// Whether a failure of `accept` concerns only one connection: the peer left before it was
/// accepted. After any other failure the system lacks resources: pause for [`ACCEPT_PAUSE`].
#[must_use]
pub fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// The pause before the next try while the system lacks resources: usually descriptors, which
/// become free when connections close.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Descriptors that are not for connections, if the system has enough: a quarter of the limit, but
/// no more than this, unless the workers need more.
const RESERVED_DESCRIPTORS: usize = 64;

/// What a worker and its share of the process need: standard streams, event queues, wakers,
/// signals, one or two listening sockets, and a file or two of the handlers.
const DESCRIPTORS_OF_WORKER: usize = 16;

/// Below this limit a server with many clients is likely to run out. It is the usual soft limit.
const FEW_DESCRIPTORS: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_limit_has_a_small_reserve() {
        for (descriptors, workers, reserve, connections) in [
            (64, 1, 16, 48),
            (16, 1, 16, 1),
            (256, 1, 64, 192),
            (1 << 20, 1, 64, (1 << 20) - 64),
            (1_024, 8, 128, 896),
            (64, 8, 128, 1),
            (usize::MAX, 1, 64, usize::MAX - 64),
        ] {
            let limit = ConnectionLimit::of(descriptors, None, workers);
            assert_eq!((limit.reserve, limit.connections), (reserve, connections), "{limit}");
        }
    }

    #[test]
    fn too_few_descriptors_give_a_warning() {
        for (descriptors, max_connections, is_tight) in [
            (1_023, None, true),
            (1_024, None, false),
            (1_024, Some(960), false),
            (1_024, Some(961), true),
            (usize::MAX, Some(1_000_000), false),
        ] {
            let limit = ConnectionLimit::of(descriptors, max_connections, 1);
            assert_eq!(limit.is_tight(), is_tight, "{limit}");
        }
        let text = ConnectionLimit::of(64, None, 1).to_string();
        assert!(["is 64", "16 are reserved", "to 48"].iter().all(|part| text.contains(part)));
    }
}
