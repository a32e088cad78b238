//! The turns of a connection: how much of it is served before other connections are.
//!
//! While a turn is over, no request begins, and [`Connection::is_write_blocked`] holds writers
//! back. So a front needs no bound of its own. A driver that never begins a turn has no bounds.

use super::Connection;
use super::state::Writing;
use crate::budget::{Bounds, Budget};
use crate::clock::Now;
use crate::http1::response::Framing;

impl Connection {
    /// Begins a turn: a driver calls it each time before it serves the connection. Returns whether
    /// the last turn was over: then tasks that wait for room or for input have to try again.
    pub fn begin_turn(&mut self, bounds: &'static Bounds) -> bool {
        self.turn.begin(bounds)
    }

    /// The budget of the turn. If it is over, the driver writes what is queued, lets other
    /// connections go on, and then begins the next turn. No event asks for that.
    #[inline]
    #[must_use]
    pub fn turn(&self) -> &Budget {
        &self.turn
    }

    /// Reports the current time, if [`Budget::wants_time`] or after a system call.
    pub fn pass_time(&mut self, now: &Now) {
        self.turn.pass(now.instant);
    }

    /// Whether another piece of the body is of any use: not after the head of an answer to HEAD or
    /// of a status without content (RFC 9110 sections 9.3.2 and 6.4.1), and not if the connection
    /// ends. A front asks before it takes a piece from a stream; if not, it drops the stream and
    /// ends the response.
    #[inline]
    #[must_use]
    pub fn wants_pieces(&self) -> bool {
        self.lifecycle.is_open() && self.outbound.writing() != Writing::Body(Framing::None)
    }
}
