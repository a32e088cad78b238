//! One turn: serves everything that is ready, writes the output, and sets the timer.

use std::sync::{Arc, MutexGuard};

use pyo3::prelude::*;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::{CloseReason, Connection, ConnectionRef, Now, PeerError, escape_controls};

use super::endpoint::{Call, Wants};
use super::exchange::{self, wake};
use super::exchange_id::ExchangeId;
use super::finish::{finish_unserved, send_builtin_page};
use super::handle::connection_object;
use super::hooks::Level;
use super::host::Host;
use super::request::{Origin, Request};
use super::routes::{Routes, Target};
use super::state::{Notices, State, WaitFor};
use super::{errors, pipeline, tasks};
use crate::reactor::{ConnectionId, Event};

/// The callback of the loop.
pub(super) fn turn(host: &Bound<'_, Host>, routes: &Routes) -> PyResult<()> {
    let this = host.get();
    if this.is_forked() {
        end_forked(host);
    }
    let mut now = {
        let mut state = this.lock();
        let now = state.begin_turn();
        state.reactor.collect(&now)?;
        now
    };
    let mut served = Ok(());
    while served.is_ok() {
        let mut state = this.lock();
        now = state.now();
        let Some((id, event)) = state.reactor.poll_event(&now) else {
            let Some(later) = state.continue_turn() else { break };
            state.reactor.collect(&later)?;
            continue;
        };
        served = match event {
            Event::Request(head) => on_request(host, routes, (state, &now), (id, head)),
            Event::Finished(finished) => {
                if let Some(peer) = state.reactor.peer(id) {
                    state.unlogged.push(finished, peer);
                }
                Ok(())
            }
            event => {
                drop(state);
                on_event(host, routes, id, &event)
            }
        };
        if this.is_forked() {
            end_forked(host);
        }
    }
    let (more, deadline, refused, unlogged, detached) = {
        let mut state = this.lock();
        state.end_turn();
        let due = state.reactor.next_deadline();
        let sooner = due.filter(|due| state.armed.is_none_or(|armed| *due < armed));
        if sooner.is_some() {
            state.armed = sooner;
        }
        let more = state.reactor.has_more() && !std::mem::replace(&mut state.scheduled, true);
        let unlogged = std::mem::take(&mut state.unlogged);
        let detached = std::mem::take(&mut state.detached);
        (more, sooner, state.reactor.take_accept_error(), unlogged, detached)
    };
    keep_running(host, detached)?;
    if more {
        Host::schedule(host)?;
    }
    this.access.write(host.py(), &this.hooks, this.settings.config(), &unlogged)?;
    if let Some(error) = refused {
        let (message, text) = ("accept failed: %s", error.to_string());
        this.hooks.log(host.py(), Level::Error, message, Some(&text))?;
    }
    if let Some(deadline) = deadline {
        let delay = deadline.saturating_duration_since(now.instant).as_secs_f64();
        let on_timer = host.getattr(pyo3::intern!(host.py(), "on_timer"))?;
        // A timer that expires too early would have to be set again.
        this.hooks.call_later(delay + TIMER_DELAY, &on_timer)?;
    }
    served
}

/// Keeps the tasks that go on without their exchange, so that a stopping server waits for them.
fn keep_running(host: &Bound<'_, Host>, detached: Vec<Py<PyAny>>) -> PyResult<()> {
    let py = host.py();
    for task in detached {
        if !task.call_method0(py, pyo3::intern!(py, "done"))?.is_truthy(py)? {
            host.get().hooks.keep_task.call1(py, (task,))?;
        }
    }
    Ok(())
}

/// Ends a child process that has returned from the handler that has forked it. To go on, it would
/// write to the clients of its parent; to clean up, it would remove the sockets of its parent from
/// the selector that both share.
fn end_forked(host: &Bound<'_, Host>) -> ! {
    let message = "a process that a handler has forked ends here: end it with os._exit";
    // The process ends, whether the line can be written or not.
    let _ = host.get().hooks.log(host.py(), Level::Error, message, None);
    std::process::exit(1)
}

/// Handles an event that needs no lock.
fn on_event(
    host: &Bound<'_, Host>,
    routes: &Routes,
    id: ConnectionId,
    event: &Event,
) -> PyResult<()> {
    match *event {
        Event::Opened => on_opened(host, id),
        // They were handled under the lock.
        Event::Request(_) | Event::Finished(_) => Ok(()),
        Event::Fault(fault) => on_fault(host, routes, id, fault),
        Event::Cancel(reason) => cancel(host, id, reason),
        Event::Readable => wake(host, id, WaitFor::Input),
        Event::Writable => {
            wake(host, id, WaitFor::Room)?;
            resume(host, id)
        }
        Event::Closed(reason) => on_closed(host, id, reason),
    }
}

/// Serves a request under the lock that it was found with: to take the lock again takes as long as to
/// find its route.
fn on_request(
    host: &Bound<'_, Host>,
    routes: &Routes,
    (mut state, now): (MutexGuard<'_, State>, &Now),
    (id, head): (ConnectionId, Arc<RequestHead>),
) -> PyResult<()> {
    let target = routes.find(&head);
    if let Some(chain) = target.chain {
        drop(state);
        return pipeline::serve(host, id, head, (target, chain));
    }
    let Target { route, rest, params, .. } = target;
    let route = match route {
        Ok(route) => route,
        Err(refusal) => {
            drop(state);
            let Some(exchange) = current_exchange(host, id) else { return Ok(()) };
            let finished = finish_unserved(host, exchange, head, refusal);
            return tasks::follow_up(host, exchange, finished);
        }
    };
    let current = state.reactor.connection(id).and_then(Connection::current);
    let Some(mut current) = current else { return Ok(()) };
    let applied = route.options.apply(&mut current, now);
    let exchange = ExchangeId { id, number: current.peek().id() };
    drop(state);
    if let Err(error) = applied {
        let error = errors::raise(host.py(), error);
        return tasks::finish(host, exchange, None, Err(error));
    }
    let (head, request) = match route.endpoint.wants() {
        Wants::Request => {
            let options = Some(Arc::clone(&route.options));
            let origin = Origin { options, params, ..Origin::default() };
            (None, Some(Request::create(host, exchange, head, origin)?))
        }
        Wants::Head => (Some(head), None),
        Wants::Nothing => {
            // The buffer of the head is reused when no reference to the head is left.
            drop(head);
            (None, None)
        }
    };
    route.endpoint.serve(Call { host, exchange, head, request, rest })
}

/// A connection is new: the hooks of the application run before it is served.
fn on_opened(host: &Bound<'_, Host>, id: ConnectionId) -> PyResult<()> {
    let object = connection_object(host, id)?;
    host.get().hooks.opened.bind(host.py()).call1((object,)).map(drop)
}

/// The current exchange of a connection.
fn current_exchange(host: &Bound<'_, Host>, id: ConnectionId) -> Option<ExchangeId> {
    let state = host.get().lock();
    let number = state.reactor.peek(id)?.current_id()?;
    Some(ExchangeId { id, number })
}

/// The transmit queue has room again: resumes the handler that waits for it.
fn resume(host: &Bound<'_, Host>, id: ConnectionId) -> PyResult<()> {
    let handler = host.get().lock().take_resumable(id);
    handler.map_or(Ok(()), |handler| handler.resume(host.py()))
}

fn on_fault(
    host: &Bound<'_, Host>,
    routes: &Routes,
    id: ConnectionId,
    fault: PeerError,
) -> PyResult<()> {
    let Some(exchange) = current_exchange(host, id) else { return Ok(()) };
    pipeline::refuse(host, routes, exchange, fault)
}

/// The handler must stop now. If its client has gone and it waits for the client, it may continue:
/// it is woken next, and the event is repeated after `app_close_timeout`.
fn cancel(host: &Bound<'_, Host>, id: ConnectionId, reason: CloseReason) -> PyResult<()> {
    let py = host.py();
    let notices = host.get().lock().begin_cancel(py, id, reason);
    if let Some(notices) = notices
        && has_noticed(py, &notices)?
    {
        return Ok(());
    }
    let independent = host.get().lock().independent(id);
    if let Some(exchange) = independent.filter(|_| outlives(reason)) {
        return exchange::leave(host, exchange);
    }
    match reason {
        CloseReason::HandlerTimeout
        | CloseReason::RequestTimeout
        | CloseReason::WriteTimeout
        | CloseReason::Fault(_) => {
            warn(host, id, "handler cancelled", reason)?;
        }
        _ => log_cancel(host, reason)?,
    }
    if let Some(task) = { host.get().lock().task(py, id) } {
        // The end of the task completes the response, after its clean-up.
        task.call_method0(py, pyo3::intern!(py, "cancel"))?;
        return Ok(());
    }
    let Some(exchange) = current_exchange(host, id) else { return Ok(()) };
    let handler = host.get().lock().take_resumable(id);
    // The response is incomplete, whatever the clean-up of the handler does.
    send_builtin_page(host, exchange, (reason.status().as_u16(), ""))?;
    handler.map_or(Ok(()), |handler| handler.abandon(py))
}

/// Whether an independent handler goes on: the client has gone, and the server has not ended it.
fn outlives(reason: CloseReason) -> bool {
    !matches!(reason, CloseReason::Shutdown | CloseReason::HandlerTimeout | CloseReason::Fault(_))
}

/// Whether a handler notices that its client has gone: it waits for the client, or it has added a
/// close callback.
fn has_noticed(py: Python<'_>, notices: &Notices) -> PyResult<bool> {
    for future in &notices.futures {
        if !future.get().is_done() {
            return Ok(true);
        }
    }
    let Some(connection) = &notices.connection else { return Ok(false) };
    connection.call_method0(py, pyo3::intern!(py, "_is_watched"))?.is_truthy(py)
}

fn log_cancel(host: &Bound<'_, Host>, reason: CloseReason) -> PyResult<()> {
    let (message, text) = ("a handler is cancelled: %s", reason.to_string());
    host.get().hooks.log(host.py(), Level::Debug, message, Some(&text))
}

/// The connection is closed; its handler may still run.
fn on_closed(host: &Bound<'_, Host>, id: ConnectionId, reason: CloseReason) -> PyResult<()> {
    if matches!(reason, CloseReason::FileFailed | CloseReason::WriteTimeout) {
        warn(host, id, "a connection was cut", reason)?;
    }
    wake(host, id, WaitFor::Input)?;
    wake(host, id, WaitFor::Room)?;
    let handler = host.get().lock().take_resumable(id);
    handler.map_or(Ok(()), |handler| handler.abandon(host.py()))?;
    let object = {
        let mut state = host.get().lock();
        // A handler that still runs keeps the object.
        let drained = state.reactor.peek(id).is_none_or(ConnectionRef::is_drained);
        state.addresses.remove(&id);
        let object = state.contexts.get(&id).map(|object| object.clone_ref(host.py()));
        (object, drained.then(|| state.contexts.remove(&id)))
    };
    if let (Some(object), _) = &object {
        object.call_method0(host.py(), pyo3::intern!(host.py(), "_closed"))?;
    }
    Ok(())
}

/// Logs a warning with client, method and URL, as far as they are known.
#[cold]
fn warn(host: &Bound<'_, Host>, id: ConnectionId, what: &str, reason: CloseReason) -> PyResult<()> {
    let mut text = format!("{what}: {reason}");
    {
        let state = host.get().lock();
        if let Some(peer) = state.reactor.peer(id) {
            text = format!("{text}: client {peer}");
        }
        let exchange = state.reactor.peek(id).and_then(ConnectionRef::current);
        if let Some(exchange) = exchange {
            let head = exchange.head();
            let url = String::from_utf8_lossy(head.url());
            text = format!("{text}, {} {}", head.method(), escape_controls(&url));
        }
    }
    host.get().hooks.log(host.py(), Level::Warning, "%s", Some(&text))
}

/// Seconds that are added to the delay of the timer.
const TIMER_DELAY: f64 = 0.001;
