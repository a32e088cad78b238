//! A simulator: whole servers with scripted peers, on virtual time, from a seed.
//!
//! [`simulate`] drives the engine and the parts that both fronts share (admission, places, timers,
//! flushing, counters, TLS) without a runtime and without a socket. So a million conversations take
//! about a minute, and the same seed gives the same run. [`simulate_front`] runs the same scripts with
//! the server of the Rust front. Peers send requests, read server-sent events, and have WebSockets and
//! TLS sessions; some send frames before the response to their handshake has come. The machine of the
//! server may be suspended, and its wall clock be set. Each run
//! checks that
//!
//! - each exchange ends in exactly one way: the events, the access log, the counters and what the
//!   peer has received agree;
//! - the memory of a connection stays within its bounds;
//! - no connection waits without a deadline, past its deadline, or for longer than all timeouts
//!   together;
//! - nothing is served after a fault, and no response reaches another request;
//! - each message of a WebSocket is echoed once and in order, each session is closed with the right
//!   code, and each event of a stream arrives;
//! - the end of a TLS session is regular if and only if nothing is missing;
//! - the `Date` of a response follows the wall clock;
//! - a peer that behaves gets all of its responses, whatever other peers do.
//!
//! ```
//! use tremolo_simulation::{Scenario, Sabotage, simulate};
//!
//! let summary = simulate(&Scenario::of_seed(7, 20), Sabotage::None)?;
//! assert_eq!(summary.conversations, 20);
//! # Ok::<(), tremolo_simulation::Failure>(())
//! ```

#![forbid(unsafe_code)]

mod check;
mod entry;
mod events;
mod frame;
mod front;
mod generate;
mod handler;
mod logged;
mod message;
mod peer;
mod random;
mod realtime;
mod realtime_handler;
mod response;
mod scenario;
mod secured;
mod shrink;
mod socket;
mod steps;
mod timeline;
mod tunnel;
mod waits;
mod wire;
mod world;

use std::fmt;
use std::ops::AddAssign;

pub use tremolo_core::HalfClose;

pub use self::frame::Frame;
pub use self::message::{Body, Key, Kind, Message, Request, Work};
pub use self::random::Random;
pub use self::scenario::{Encryption, Limits, Link, Pace, Scenario, Script, Step};

/// A violated invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The index of the peer, if one connection is concerned.
    pub peer: Option<usize>,
    /// Milliseconds since the start.
    pub at: u64,
    /// What was violated.
    pub fault: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, at, fault } = self;
        match peer {
            Some(peer) => write!(f, "peer {peer} at {at} ms: {fault}"),
            None => write!(f, "at {at} ms: {fault}"),
        }
    }
}

impl std::error::Error for Failure {}

/// What a run has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Connections of peers.
    pub conversations: u64,
    /// Exchanges that have begun.
    pub exchanges: u64,
    /// Responses that have arrived completely.
    pub responses: u64,
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.conversations += other.conversations;
        self.exchanges += other.exchanges;
        self.responses += other.responses;
    }
}

/// A fault of the simulated driver, to prove that the invariants find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Sabotage {
    /// None.
    None,
    /// Deadlines are not handled.
    ForgetDeadlines,
    /// The access log has no lines.
    LoseLines,
    /// Each hundredth write loses its first byte.
    LoseBytes,
    /// Timers are not set.
    ForgetTimers,
    /// A handler that waits for room or for input is not woken.
    ForgetWakes,
}

/// Runs a scenario to its end.
///
/// # Errors
///
/// The first violated invariant; a panic of the engine is one too.
pub fn simulate(scenario: &Scenario, sabotage: Sabotage) -> Result<Summary, Failure> {
    shrink::run(scenario, sabotage)
}

/// The shortest scenario that fails, made from one that does, and its failure; `None` if it does not
/// fail.
#[must_use]
pub fn shrink(scenario: Scenario, sabotage: Sabotage) -> (Scenario, Option<Failure>) {
    shrink::shrink(scenario, |scenario| simulate(scenario, sabotage))
}

/// Runs a scenario with the server of the Rust front, in memory.
///
/// # Errors
///
/// The first violated invariant.
pub fn simulate_front(scenario: &Scenario) -> Result<Summary, Failure> {
    front::run(scenario)
}

/// The same as [`shrink()`], for [`simulate_front`].
#[must_use]
pub fn shrink_front(scenario: Scenario) -> (Scenario, Option<Failure>) {
    shrink::shrink(scenario, simulate_front)
}
