//! The turns of a connection: how much of it is served before other connections are.
//!
//! While a turn is over, no request begins, and [`Connection::is_write_blocked`] holds writers
//! back. So a front needs no bound of its own. A driver that never begins a turn has no bounds.

use super::Connection;
use crate::budget::{Bounds, Budget};
use crate::clock::Now;

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
}
