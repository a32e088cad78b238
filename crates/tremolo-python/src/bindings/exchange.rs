//! Operations on an exchange, under the lock of its host.

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tremolo_core::{CloseReason, Connection, Error, Exchange, ExchangeRef, Now};

use super::errors;
use super::exchange_id::ExchangeId;
use super::host::Host;
use super::state::{State, WaitFor};
use super::waiter::Waiter;
use crate::reactor::ConnectionId;

/// The result of an attempt that may have to wait.
#[derive(Debug)]
pub(super) enum Attempt<T> {
    Done(T),
    /// A future of the loop: when it is done, try again.
    Wait(Py<PyAny>),
}

/// Calls a connection, whatever its current exchange is. Does nothing if the connection is gone.
pub(super) fn act_on(
    host: &Bound<'_, Host>,
    id: ConnectionId,
    act: impl FnOnce(&mut Connection, &Now) -> Result<(), Error>,
) -> PyResult<()> {
    act_and_notify(host, |state, now| {
        state.reactor.connection(id).map_or(Ok(()), |connection| act(connection, now))
    })
}

/// Calls a function under the lock, and notifies the loop.
pub(super) fn act_and_notify<T>(
    host: &Bound<'_, Host>,
    act: impl FnOnce(&mut State, &Now) -> Result<T, Error>,
) -> PyResult<T> {
    perform(host, act)?.map_err(|error| errors::raise(host.py(), error))
}

/// The same, with the error of the engine. The other error ends the server.
pub(super) fn perform<T>(
    host: &Bound<'_, Host>,
    act: impl FnOnce(&mut State, &Now) -> Result<T, Error>,
) -> PyResult<Result<T, Error>> {
    let (result, wakeup) = {
        let mut state = host.get().lock();
        let now = state.now();
        let result = act(&mut state, &now);
        (result, host.get().notify(&mut state))
    };
    wakeup.perform(host)?;
    Ok(result)
}

/// Ends an exchange, unless it is over. Its handler has returned, or is independent and goes on.
pub(super) fn leave(host: &Bound<'_, Host>, exchange: ExchangeId) -> PyResult<()> {
    let (waiting, wakeup) = {
        let mut state = host.get().lock();
        let now = state.now();
        if let Some(mut current) = state.exchange(exchange) {
            current.handler_done(&now);
        }
        (state.detach(exchange), host.get().notify(&mut state))
    };
    wakeup.perform(host)?;
    wake_all(host, &waiting)
}

impl ExchangeId {
    /// Calls the exchange. Its output is written in this turn or in the next one.
    pub(super) fn act<T>(
        self,
        host: &Bound<'_, Host>,
        act: impl FnOnce(&mut Exchange<'_>, &Now) -> Result<T, Error>,
    ) -> PyResult<T> {
        act_and_notify(host, |state, now| match state.reactor.connection(self.id) {
            None => Err(CloseReason::PeerGone.into()),
            Some(connection) => act(&mut connection.exchange(self.number)?, now),
        })
    }

    /// Inspects the exchange, as long as it is the current one.
    pub(super) fn ask<T>(
        self,
        host: &Bound<'_, Host>,
        ask: impl FnOnce(ExchangeRef<'_>) -> T,
    ) -> PyResult<T> {
        let result = match host.get().lock().reactor.peek(self.id) {
            None => Err(CloseReason::PeerGone.into()),
            Some(connection) => connection.exchange(self.number).map(ask),
        };
        result.map_err(|error| errors::raise(host.py(), error))
    }

    /// Performs a write operation if the transmit queue has room, else waits for room.
    pub(super) fn write<T>(
        self,
        host: &Bound<'_, Host>,
        write: impl FnOnce(&mut Exchange<'_>, &Now) -> Result<T, Error>,
    ) -> PyResult<Attempt<T>> {
        let in_loop = host.get().is_loop_thread();
        let written = self.act(host, |exchange, now| {
            // The end of a turn concerns only the thread of the loop.
            if exchange.is_queue_full() || (in_loop && exchange.is_write_blocked()) {
                return Ok(None);
            }
            write(exchange, now).map(Some)
        })?;
        written.map_or_else(|| self.wait(host, WaitFor::Room), |result| Ok(Attempt::Done(result)))
    }

    /// A future that is done when another attempt may succeed.
    pub(super) fn wait<T>(self, host: &Bound<'_, Host>, wait_for: WaitFor) -> PyResult<Attempt<T>> {
        let future = Waiter::create(host.get().hooks.event_loop.bind(host.py()))?.unbind();
        let kept = future.clone_ref(host.py());
        let wakeup = {
            let mut state = host.get().lock();
            state.wait(self, wait_for, kept);
            host.get().notify(&mut state)
        };
        wakeup.perform(host)?;
        Ok(Attempt::Wait(future.into_any()))
    }

    /// Like `wait`, for a reader that must be the only one.
    pub(super) fn wait_alone<T>(self, host: &Bound<'_, Host>) -> PyResult<Attempt<T>> {
        let future = Waiter::create(host.get().hooks.event_loop.bind(host.py()))?.unbind();
        let kept = future.clone_ref(host.py());
        let (added, wakeup) = {
            let mut state = host.get().lock();
            (state.wait_alone(self, kept), host.get().notify(&mut state))
        };
        wakeup.perform(host)?;
        match added {
            Ok(_) => Ok(Attempt::Wait(future.into_any())),
            Err(_) => Err(PyRuntimeError::new_err("another task receives already")),
        }
    }
}

/// Wakes the tasks that wait for the current exchange of a connection.
pub(super) fn wake(host: &Bound<'_, Host>, id: ConnectionId, wait_for: WaitFor) -> PyResult<()> {
    let waiters = host.get().lock().take_waiters(id, wait_for);
    wake_all(host, &waiters)
}

/// Wakes the tasks of these futures.
pub(super) fn wake_all(host: &Bound<'_, Host>, waiters: &[Py<Waiter>]) -> PyResult<()> {
    let py = host.py();
    let may_run = || host.get().hooks.has_no_task(py);
    waiters.iter().try_for_each(|waiter| Waiter::wake(waiter.bind(py), may_run))
}
