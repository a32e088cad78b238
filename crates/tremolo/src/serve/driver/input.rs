//! Reading from the socket into the buffer of the connection.

use std::future::Future;
use std::task::{Context, Poll};

use tremolo_core::{Connection, Now};
use tremolo_net::handle_read;

use super::Driver;
use crate::serve::buffers;
use crate::serve::transport::{Filled, Transport};
use crate::shared_connection::State;

impl<S: Transport> Driver<'_, S> {
    /// Reads once. Wakes the tasks that wait for input, if something came.
    pub(super) fn fill(&mut self, state: &mut State, cx: &mut Context<'_>, now: &Now) -> Filled {
        let connection = &mut state.connection;
        let Some(io) = &mut self.io else { return Filled::Unwanted };
        if !connection.peek().wants_input() {
            return Filled::Unwanted;
        }
        buffers::attach(connection);
        match io.poll_read(cx, connection, now) {
            Poll::Pending => {
                buffers::reclaim(connection);
                return Filled::Pending;
            }
            // After a temporary error the turn reads again.
            Poll::Ready(read) => handle_read(connection, now, &read),
        };
        state.wake_reader(cx.waker());
        Filled::Something
    }

    /// The same, unless nothing had come when it was tried before in this poll of the task.
    pub(super) fn fill_again(
        &mut self,
        filled: Filled,
        state: &mut State,
        cx: &mut Context<'_>,
        now: &Now,
    ) -> Filled {
        if filled != Filled::Pending {
            return self.fill(state, cx, now);
        }
        buffers::reclaim(&mut state.connection);
        filled
    }

    /// Postpones a deadline once, for the next turn. True: the task is woken then.
    ///
    /// If something is queued, the runtime polls its sockets before: after a pause of the process its
    /// timers can fire first. If the turn is over, what it has read is served in the next one.
    #[cold]
    pub(super) fn look_again(
        &mut self,
        connection: &mut Connection,
        cx: &mut Context<'_>,
        now: &Now,
    ) -> bool {
        let is_over = connection.peek().turn().is_over();
        self.looked = !self.looked && (is_over || connection.peek().queued() > 0);
        if self.looked {
            self.timer.fire_again(now);
            if !is_over {
                let _ = std::pin::pin!(tokio::task::yield_now()).poll(cx);
            }
        }
        self.looked
    }

    /// Reads once without the runtime, which may not have polled the socket since it became
    /// readable. Returns the same as `fill`.
    #[cold]
    pub(super) fn fill_now(&mut self, connection: &mut Connection, now: &Now) -> bool {
        let Some(io) = &mut self.io else { return false };
        if !connection.peek().wants_input() {
            return false;
        }
        buffers::attach(connection);
        let read = io.read_now(connection, now);
        let has_come = handle_read(connection, now, &read);
        if !has_come {
            buffers::reclaim(connection);
        }
        has_come
    }
}
