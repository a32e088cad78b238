//! Which exchange a handle belongs to: a connection and the number of the request on it.

use pyo3::prelude::*;
use tremolo_core::{CloseReason, Connection, Error, Misuse, Now};

use super::errors;
use super::server::Server;
use super::state::{State, Waiting};
use crate::reactor::ConnectionId;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exchange {
    pub(super) id: ConnectionId,
    pub(super) number: u64,
}

/// What came of an attempt that may have to wait.
#[derive(Debug)]
pub(super) enum Attempt<T> {
    Done(T),
    /// A future of the loop: when it is done, try again.
    Wait(Py<PyAny>),
}

/// Says something to a connection, whichever exchange is in work; to one that is gone, nothing.
pub(super) fn act_on(
    server: &Bound<'_, Server>,
    id: ConnectionId,
    act: impl FnOnce(&mut Connection, &Now) -> Result<(), Error>,
) -> PyResult<()> {
    tell(server, |state, now| {
        state.reactor.connection(id).map_or(Ok(()), |connection| act(connection, now))
    })
}

/// Says something under the lock, and has the loop see to what follows from it.
fn tell<T>(
    server: &Bound<'_, Server>,
    say: impl FnOnce(&mut State, &Now) -> Result<T, Error>,
) -> PyResult<T> {
    let (result, told) = {
        let mut state = server.get().lock();
        let now = state.now();
        let result = say(&mut state, &now);
        (result, server.get().tell(&mut state))
    };
    told.follow(server)?;
    result.map_err(|error| errors::raise(server.py(), error))
}

impl Exchange {
    /// Says or asks the engine something; what follows from it happens in this turn or the next.
    pub(super) fn act<T>(
        self,
        server: &Bound<'_, Server>,
        act: impl FnOnce(&mut Connection, &Now) -> Result<T, Error>,
    ) -> PyResult<T> {
        tell(server, |state, now| match state.reactor.connection(self.id) {
            None => Err(CloseReason::PeerGone.into()),
            Some(connection) if connection.exchange() != self.number => {
                Err(Misuse::ExchangeOver.into())
            }
            Some(connection) => act(connection, now),
        })
    }

    /// Asks the engine something, as long as the exchange is in work.
    pub(super) fn ask<T>(
        self,
        server: &Bound<'_, Server>,
        ask: impl FnOnce(&Connection) -> T,
    ) -> PyResult<T> {
        let result = match server.get().lock().reactor.peek(self.id) {
            None => Err(CloseReason::PeerGone.into()),
            Some(connection) if !connection.is_in_work(self.number) => {
                Err(Misuse::ExchangeOver.into())
            }
            Some(connection) => Ok(ask(connection)),
        };
        result.map_err(|error| errors::raise(server.py(), error))
    }

    /// Says something if there is room for it, else waits for room.
    pub(super) fn say(
        self,
        server: &Bound<'_, Server>,
        say: impl FnOnce(&mut Connection, &Now) -> Result<(), Error>,
    ) -> PyResult<Attempt<()>> {
        let is_home = server.get().is_home();
        let said = self.act(server, |connection, now| {
            // A thread does not hold the loop, so that a turn that is over does not concern it.
            if connection.is_queue_full() || (is_home && connection.is_write_blocked()) {
                return Ok(false);
            }
            say(connection, now).map(|()| true)
        })?;
        if said { Ok(Attempt::Done(())) } else { self.wait(server, Waiting::ForRoom) }
    }

    /// A future that is done when it is worth to try again.
    pub(super) fn wait<T>(
        self,
        server: &Bound<'_, Server>,
        waiting: Waiting,
    ) -> PyResult<Attempt<T>> {
        let future = server.get().create_future(server.py())?;
        let kept = future.clone_ref(server.py());
        let told = {
            let mut state = server.get().lock();
            state.wait(self, waiting, kept);
            server.get().tell(&mut state)
        };
        told.follow(server)?;
        Ok(Attempt::Wait(future))
    }
}
