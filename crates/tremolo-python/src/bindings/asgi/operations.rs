//! What an application awaits: `receive` and `send`, the same for HTTP and WebSockets.

use std::fmt;

use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::{PyClass, PyTraverseError, PyVisit};

use super::super::awaitable::{self, Attempting, IN_PLACE, Object, Operation};
use super::super::exchange::Attempt;
use super::done::done;

/// The events of a scope.
pub(super) trait Events: PyClass<Frozen = True> + fmt::Debug + Sync {
    /// Takes the next event for the application.
    fn receive_event(&self, py: Python<'_>) -> PyResult<Attempt<Object>>;

    /// Handles an event of the application. It may have to wait for room in the transmit queue.
    fn send_event(&self, message: &Bound<'_, PyAny>) -> PyResult<Attempt<()>>;
}

/// Awaits the next event.
pub(super) fn receive<'py>(channel: &Bound<'py, impl Events>) -> PyResult<Bound<'py, PyAny>> {
    let operation = awaitable::pending(Receive(channel.clone().unbind()));
    Operation::create(channel.py(), "receive", Ok(operation))
}

/// Sends a message, before it is awaited: a message that need not wait costs no object.
pub(super) fn send<'py, E: Events>(
    channel: &Bound<'py, E>,
    message: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    const { assert!(size_of::<SendMessage<E>>() <= IN_PLACE) }
    let py = channel.py();
    match channel.get().send_event(message) {
        Ok(Attempt::Done(())) => done(py),
        Ok(Attempt::Wait(future)) => {
            let (channel, message) = (channel.clone().unbind(), message.clone().unbind());
            let operation = awaitable::pending(SendMessage { channel, message });
            Operation::blocked(py, "send", (operation, future))
        }
        // Raised where it is awaited.
        Err(error) => Operation::create(py, "send", Err(error)),
    }
}

#[derive(Debug)]
struct Receive<E>(Py<E>);

#[derive(Debug)]
struct SendMessage<E> {
    channel: Py<E>,
    message: Py<PyAny>,
}

impl<E: Events> Attempting for Receive<E> {
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        self.0.get().receive_event(py)
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

impl<E: Events> Attempting for SendMessage<E> {
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        Ok(match self.channel.get().send_event(self.message.bind(py))? {
            Attempt::Done(()) => Attempt::Done(None),
            Attempt::Wait(future) => Attempt::Wait(future),
        })
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.channel)?;
        visit.call(&self.message)
    }
}
