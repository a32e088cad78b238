//! Waiting of a handle: for room in the transmit queue, and for input.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

use tokio::task::coop::consume_budget;
use tremolo_core::http1::body::Decoded;
use tremolo_core::{Error, ExchangeRef, Misuse, Now};

use super::Exchange;

impl Exchange {
    /// Waits for room in the transmit queue, then calls the engine.
    pub(crate) async fn act_when_writable<T, E: From<Error>>(
        &self,
        act: impl FnOnce(&mut tremolo_core::Exchange<'_>, &Now) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut act = Some(act);
        let result = poll_fn(|cx| {
            self.poll_act(cx, |exchange, now| match act.take() {
                Some(act) => act(exchange, now),
                None => Err(Error::from(Misuse::ExchangeOver).into()),
            })
        })
        .await;
        if result.is_err() {
            poll_fn(Self::poll_pause).await;
        }
        result
    }

    /// Calls the engine, as soon as there is room in the transmit queue.
    #[inline]
    pub(crate) fn poll_act<T, E: From<Error>>(
        &self,
        cx: &Context<'_>,
        act: impl FnOnce(&mut tremolo_core::Exchange<'_>, &Now) -> Result<T, E>,
    ) -> Poll<Result<T, E>> {
        let mut guard = self.shared.lock();
        let state = &mut *guard;
        let is_blocked = state.connection.is_write_blocked();
        let now = state.now(cx);
        let mut exchange = match state.exchange(self.id) {
            Ok(exchange) => exchange,
            Err(over) => return Poll::Ready(Err(over.into())),
        };
        if is_blocked {
            state.add_writer(cx.waker());
            return Poll::Pending;
        }
        let result = act(&mut exchange, &now);
        state.wake_driver();
        Poll::Ready(result)
    }

    /// A loop that ignores the error of each write must let other tasks run. No budget of the
    /// connection limits it once the exchange is over.
    #[cold]
    pub(crate) fn poll_pause(cx: &mut Context<'_>) -> Poll<()> {
        pin!(consume_budget()).poll(cx)
    }

    /// Waits for room in the transmit queue. Returns at once when the exchange is over.
    pub(crate) async fn writable(&self) {
        poll_fn(|cx| self.lock().map_or(Poll::Ready(()), |mut state| state.poll_writable(cx)))
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
        self.poll_input_unless(cx, |_| false, poll)
    }

    /// The same. If the reader has to wait in any case, that takes little.
    #[inline]
    pub(crate) fn poll_input_unless<T>(
        &self,
        cx: &mut Context<'_>,
        has_to_wait: impl FnOnce(ExchangeRef<'_>) -> bool,
        poll: impl FnOnce(&mut tremolo_core::Exchange<'_>, &Now) -> Poll<T>,
    ) -> Poll<Result<T, Error>> {
        let mut state = self.shared.lock();
        if has_to_wait(state.exchange(self.id)?.peek()) {
            state.add_reader(cx.waker());
            return Poll::Pending;
        }
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
