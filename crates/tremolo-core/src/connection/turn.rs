//! The turns of a connection: how much of it is served before other connections are.
//!
//! While a turn is over, no request begins, and [`Connection::is_write_blocked`] holds writers
//! back. So a front needs no bound of its own. A driver that never begins a turn has no bounds.

use super::Connection;
use crate::budget::Budget;

impl Connection {
    /// The budget of the turn, to begin one ([`Budget::begin`]) each time before the connection is
    /// served, and to report the current time ([`Budget::pass`]), if [`Budget::wants_time`] or
    /// after a system call. If the last turn was over, tasks that wait for room or for input have
    /// to try again.
    #[inline]
    pub fn turn_mut(&mut self) -> &mut Budget {
        &mut self.turn
    }
}
