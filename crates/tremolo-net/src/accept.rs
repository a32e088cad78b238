//! Accepting: how many connections there may be, and what a failure means.

use std::io;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tremolo_core::Config;

/// How many connections this process may have open: `max_connections`, or as many as
/// `RLIMIT_NOFILE` allows, which is raised to its hard limit; but for a few descriptors that the
/// process needs itself.
#[must_use]
pub fn connection_limit(config: &Config) -> usize {
    config.max_connections.unwrap_or_else(|| {
        let limit = getrlimit(Resource::Nofile);
        let hard = Rlimit { current: limit.maximum, maximum: limit.maximum };
        let raised = setrlimit(Resource::Nofile, hard).is_ok();
        let open = if raised { limit.maximum } else { limit.current };
        open.map_or(usize::MAX, |open| usize::try_from(open).unwrap_or(usize::MAX))
            .saturating_sub(RESERVED_DESCRIPTORS)
    })
}

/// Whether a failure of `accept` says nothing of the next connection: the peer left before it was
/// accepted. Any other means that the system has nothing to give: pause for [`ACCEPT_PAUSE`].
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

/// Between two tries while the system has nothing to give: out of descriptors, most likely, and
/// the ones in use come back in time.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const RESERVED_DESCRIPTORS: usize = 64;
