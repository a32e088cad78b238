//! Handlers that may suspend. Their coroutines run to the first suspension at once, and one that
//! suspends becomes a task of the loop. Others need no task: to make one, and to enter it in the list
//! of all tasks, takes longer than most handlers.

mod completion;
mod first_step;
mod handler;

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use smallbox::smallbox;

pub(super) use self::completion::Completion;
use self::first_step::FirstStep;
use self::handler::Handler;
use super::exchange_id::ExchangeId;
use super::finish::{self, Finished, FollowUp};
use super::host::Host;
use super::request::Request;
use super::state::SuspendedHandler;
use crate::ffi::{self, Sent};

/// Sends the reply of a handler.
#[derive(Debug)]
struct Reply(Option<Py<Request>>);

impl Completion for Reply {
    fn complete(
        &mut self,
        host: &Bound<'_, Host>,
        exchange: ExchangeId,
        outcome: PyResult<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let request = self.0.take().map(|request| request.into_bound(host.py()));
        finish(host, exchange, request, outcome)
    }

    fn suspended(&self, host: &Bound<'_, Host>, exchange: ExchangeId, task: Py<PyAny>) {
        host.get().lock().suspend(exchange, SuspendedHandler::Task(task));
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}

/// Sends the reply of a handler, or responds to its exception; in a task if that may suspend.
pub(super) fn finish<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    request: Option<Bound<'py, Request>>,
    outcome: PyResult<Bound<'py, PyAny>>,
) -> PyResult<()> {
    follow_up(host, exchange, finish::finish(host, exchange, request, outcome))
}

/// Starts the coroutine that completes a response, if there is one.
pub(super) fn follow_up<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    finished: Finished<'py>,
) -> PyResult<()> {
    match finished? {
        None => Ok(()),
        Some(FollowUp { request, coroutine }) => start(host, exchange, Some(request), &coroutine),
    }
}

/// Starts the coroutine of a handler. If it does not suspend, it is over when this returns.
pub(super) fn start<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    request: Option<Bound<'py, Request>>,
    coroutine: &Bound<'py, PyAny>,
) -> PyResult<()> {
    start_with(host, exchange, Reply(request.map(Bound::unbind)), coroutine)
}

/// Like `start`, with another completion than that of a handler.
pub(super) fn start_with<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    mut completion: impl Completion + 'static,
    coroutine: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = host.py();
    let context = ffi::copy_context(py)?;
    let handler = || Handler::new(host, exchange, coroutine);
    let Some(step) = FirstStep::enter(host, &context, exchange, coroutine)? else {
        // Another task runs: this one begins after it.
        let handler = Bound::new(py, handler())?;
        let task = host.get().hooks.task(handler.as_any(), &context, false)?;
        completion.suspended(host, exchange, task.unbind());
        handler.get().suspend(smallbox!(completion));
        return Ok(());
    };
    let sent = ffi::in_context(&context, || ffi::send_none(coroutine));
    FirstStep::leave(step.object(py), host)?;
    if let Some((handler, task)) = FirstStep::in_task(step.object(py))? {
        // Its task goes on in the next round of the loop.
        handler.get().resume_with(sent);
        completion.suspended(host, exchange, task);
        handler.get().suspend(smallbox!(completion));
        return Ok(());
    }
    FirstStep::recycle(py, step);
    match sent {
        Ok(Sent::Returned(_)) if completion.is_over() => Ok(()),
        // What completes the response may be a coroutine of its own, in the same context.
        Ok(Sent::Returned(value)) => {
            ffi::in_context(&context, || completion.complete(host, exchange, Ok(value)))
        }
        Ok(Sent::Yielded(future)) => {
            let handler = Bound::new(py, handler())?;
            handler.get().resume_with(Ok(Sent::Yielded(future)));
            match host.get().hooks.task(handler.as_any(), &context, true) {
                Ok(task) => {
                    completion.suspended(host, exchange, task.unbind());
                    handler.get().suspend(smallbox!(completion));
                    Ok(())
                }
                Err(error) => completion.complete(host, exchange, Err(error)),
            }
        }
        Err(error) => completion.complete(host, exchange, Err(error)),
    }
}
