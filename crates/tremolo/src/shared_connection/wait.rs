//! Waiting of a handle: for room in the transmit queue, and for input.

use std::task::{Context, Poll};

use tokio::task::coop::consume_budget;
use tremolo_core::http1::body::Decoded;
use tremolo_core::{Error, Misuse, Now};

use super::Exchange;

impl Exchange {
    /// Waits for room in the transmit queue, then calls the engine.
    pub(crate) async fn act_when_writable<T, E: From<Error>>(
        &self,
        act: impl FnOnce(&mut tremolo_core::Exchange<'_>, &Now) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut act = Some(act);
        let result = std::future::poll_fn(|cx| {
            let mut guard = self.shared.lock();
            let state = &mut *guard;
            let is_blocked = state.connection.is_write_blocked();
            let now = state.now(cx);
            let mut exchange = match state.exchange(self.id) {
                Ok(exchange) => exchange,
                Err(over) => return Poll::Ready(Err(over.into())),
            };
            if is_blocked {
                state.writers.add(cx.waker());
                return Poll::Pending;
            }
            let Some(act) = act.take() else {
                return Poll::Ready(Err(Error::from(Misuse::ExchangeOver).into()));
            };
            let result = act(&mut exchange, &now);
            state.wake_driver();
            Poll::Ready(result)
        })
        .await;
        if result.is_err() {
            // A loop that ignores the error must let other tasks run. No budget of the connection
            // limits it once the exchange is over.
            consume_budget().await;
        }
        result
    }

    /// Waits for room in the transmit queue. Returns at once when the exchange is over.
    pub(crate) async fn writable(&self) {
        std::future::poll_fn(|cx| {
            self.lock().map_or(Poll::Ready(()), |mut state| state.poll_writable(cx))
        })
        .await;
    }

    /// Reads the body with `poll_body` or `poll_raw_body`; waits while nothing was received.
    pub(crate) fn poll_body(
        &self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut tremolo_core::Exchange<'_>, &Now) -> Result<Decoded, Error>,
    ) -> Poll<Result<Decoded, Error>> {
        let read = self.poll_input(cx, |exchange, now| match poll(exchange, now) {
            Ok(Decoded::NeedInput) => Poll::Pending,
            decoded => Poll::Ready(decoded),
        });
        read.map(|decoded| decoded?)
    }

    /// Reads what was received with `poll`; waits if that is not enough.
    pub(crate) fn poll_input<T>(
        &self,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut tremolo_core::Exchange<'_>, &Now) -> Poll<T>,
    ) -> Poll<Result<T, Error>> {
        let mut state = self.shared.lock();
        let now = state.now(cx);
        let mut exchange = state.exchange(self.id)?;
        if exchange.peek().is_turn_over() {
            // The next turn of the driver wakes it.
            state.add_reader(cx.waker());
            return Poll::Pending;
        }
        let polled = poll(&mut exchange, &now);
        // The first read may have to send a `100 Continue`, and each read makes room for input.
        state.wake_driver();
        if polled.is_pending() {
            state.add_reader(cx.waker());
        }
        polled.map(Ok)
    }
}
