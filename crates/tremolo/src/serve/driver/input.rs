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
    /// Reads once. Wakes the tasks that wait for input, if something came. The buffers of the
    /// connection stay attached until [`Driver::fill_again`].
    pub(super) fn fill(&mut self, state: &mut State, cx: &mut Context<'_>, now: &Now) -> Filled {
        let connection = &mut state.connection;
        let Some(io) = &mut self.io else { return Filled::Unwanted };
        if !connection.peek().wants_input() {
            return Filled::Unwanted;
        }
        buffers::attach(connection);
        match io.poll_read(cx, connection, now) {
            Poll::Pending => return Filled::Pending,
            // After a temporary error the turn reads again.
            Poll::Ready(read) => handle_read(connection, now, &read),
        };
        state.wake_reader(cx.waker());
        Filled::Something
    }

    /// The same, unless nothing had come when it was tried before in this poll of the task. If there
    /// is nothing to read, the buffers that are not used are free for other connections.
    pub(super) fn fill_again(
        &mut self,
        filled: Filled,
        state: &mut State,
        cx: &mut Context<'_>,
        now: &Now,
    ) -> Filled {
        let is_known = filled == Filled::Pending;
        // Most turns end here. To ask for the socket needs no buffers, which a read would attach.
        let is_pending = is_known || self.has_nothing(&state.connection, cx);
        let filled = if is_pending { Filled::Pending } else { self.fill(state, cx, now) };
        if filled == Filled::Pending {
            buffers::reclaim(&mut state.connection);
        }
        filled
    }

    /// Whether input is wanted and has not come.
    #[inline]
    fn has_nothing(&self, connection: &Connection, cx: &mut Context<'_>) -> bool {
        let Some(io) = &self.io else { return false };
        connection.peek().wants_input() && io.poll_read_ready(cx).is_pending()
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
