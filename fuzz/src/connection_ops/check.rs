//! The invariants after every step.

use super::{Handler, World};

/// Pieces of 60 × 255 bytes may exceed a full queue of eight times four times `buffer_size`; so may
/// an error page and heads of a few short fields.
const TOPPING: usize = 32 << 10;

impl World {
    /// Written bytes are either sent, or dropped with a broken connection.
    pub(super) fn check_queue(&self, before: usize) {
        let connection = &self.wire.connection;
        assert!(
            connection.peek().queued() >= before || self.is_broken,
            "{} of {before} queued bytes are left: {:?}, {:?}",
            connection.peek().queued(),
            connection.peek().close_reason(),
            connection,
        );
    }

    pub(super) fn check(&mut self) {
        self.check_bounds();
        self.check_end();
        self.check_waiting();
    }

    fn check_bounds(&mut self) {
        let connection = &mut self.wire.connection;
        let most = connection.peek().settings().config().buffer_size * 32 + TOPPING;
        assert!(
            self.record.is_raw || connection.peek().queued() <= most,
            "{} queued",
            connection.peek().queued()
        );
        if connection.peek().is_idle() {
            assert_eq!(connection.peek().queued(), 0);
            assert!(self.handler == Handler::None || connection.peek().is_closed());
        }
    }

    fn check_end(&mut self) {
        let is_closed = self.wire.connection.peek().is_closed();
        assert!(is_closed || !self.was_closed, "a connection came back");
        self.was_closed = is_closed;
        if !is_closed {
            return;
        }
        let now = self.wire.now;
        let connection = &mut self.wire.connection;
        assert!(connection.poll_transmit(&now).is_none() && connection.peek().queued() == 0);
        assert!(!connection.peek().wants_input() && connection.peek().close_reason().is_some());
        let exchange = connection.current();
        assert!(exchange.is_none_or(|mut exchange| exchange.response_mut().is_err()));
        if self.handler == Handler::None {
            assert_eq!(connection.poll_deadline(), None, "a deadline after the end");
        }
    }

    /// Each wait has a deadline.
    fn check_waiting(&mut self) {
        let connection = &mut self.wire.connection;
        let is_handled = self.handler != Handler::None;
        let is_free = self.handler == Handler::LeftOpen || self.is_upgraded;
        let needs_deadline = !connection.peek().is_closed() || self.handler == Handler::Running;
        if needs_deadline && !is_free {
            assert!(connection.poll_deadline().is_some(), "{connection:?} waits for ever");
        }
        if is_handled || connection.peek().is_closed() || connection.peek().queued() > 0 {
            return;
        }
        if self.at_eof {
            panic!("{connection:?} waits for a disconnected peer");
        }
        assert!(connection.peek().wants_input(), "{connection:?} waits and does not read");
    }
}
