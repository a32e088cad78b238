//! One turn: everything that is ready is served, what was said leaves, the timer is set.

use std::sync::Arc;

use pyo3::prelude::*;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::{CloseReason, Connection, PeerError};
use tremolo_files::Folder;

use super::awaitable::Operation;
use super::exchange::Exchange;
use super::finish::{self, fail_with};
use super::request::Request;
use super::route::{Kind, Route};
use super::server::Server;
use super::state::Waiting;
use super::{folder, streams, tasks};
use crate::ffi::{self, Sent};
use crate::reactor::{ConnectionId, Event};

/// The callback of the loop.
pub(super) fn turn(server: &Bound<'_, Server>) -> PyResult<()> {
    let this = server.get();
    let now = {
        let mut state = this.lock();
        let now = state.begin_turn();
        state.reactor.collect(&now)?;
        now
    };
    let mut served = Ok(());
    while served.is_ok() {
        let next = this.lock().reactor.poll_event(&now);
        let Some((id, event)) = next else { break };
        served = on_event(server, id, event);
    }
    let (more, deadline, refused) = {
        let mut state = this.lock();
        state.end_turn();
        let due = state.reactor.next_deadline();
        let sooner = due.filter(|due| state.armed.is_none_or(|armed| *due < armed));
        if sooner.is_some() {
            state.armed = sooner;
        }
        let more = state.reactor.has_more() && !std::mem::replace(&mut state.scheduled, true);
        (more, sooner, state.reactor.take_accept_error())
    };
    if more {
        Server::schedule(server)?;
    }
    if let Some(error) = refused {
        let logger = this.helpers.logger.bind(server.py());
        logger.call_method1("error", ("accept failed: %s", error.to_string()))?;
    }
    if let Some(deadline) = deadline {
        let delay = deadline.saturating_duration_since(now.instant).as_secs_f64();
        let ring = server.getattr(pyo3::intern!(server.py(), "ring"))?;
        // A little late rather than too early: then it would ring twice.
        this.helpers.call_later.call1(server.py(), (delay + 0.001, ring))?;
    }
    served
}

fn on_event(server: &Bound<'_, Server>, id: ConnectionId, event: Event) -> PyResult<()> {
    match event {
        Event::Request(head) => on_request(server, id, head),
        Event::Fault(fault) => on_fault(server, id, fault),
        Event::Cancel(_) => cancel(server, id),
        Event::Readable => wake(server, id, Waiting::ForInput),
        Event::Writable => {
            wake(server, id, Waiting::ForRoom)?;
            streams::go_on(server, id)
        }
        Event::Closed(reason) => on_closed(server, id, reason),
    }
}

fn on_request(
    server: &Bound<'_, Server>,
    id: ConnectionId,
    head: Arc<RequestHead>,
) -> PyResult<()> {
    let this = server.get();
    let Some((route, behind)) = this.route(&head) else {
        let exchange = {
            let state = this.lock();
            let Some(connection) = state.reactor.peek(id) else { return Ok(()) };
            Exchange { id, number: connection.exchange() }
        };
        return finish::not_served(server, exchange, head);
    };
    let (exchange, applied) = {
        let mut state = this.lock();
        let Some(connection) = state.reactor.connection(id) else { return Ok(()) };
        route.limit(connection);
        let applied = if route.has_options() { route.apply(connection) } else { Ok(()) };
        (Exchange { id, number: connection.exchange() }, applied)
    };
    if let Err(error) = applied {
        let error = super::errors::raise(server.py(), error);
        return finish::finish(server, exchange, None, Err(error));
    }
    let request = if route.arguments.wants_request() {
        Some(Request::create(server, exchange, head, Some(route))?)
    } else {
        // Who keeps the head keeps the buffer that it was read into.
        drop(head);
        None
    };
    if let (Kind::Folder(folder), Some(request)) = (&route.kind, &request) {
        return serve(request, folder, behind);
    }
    call(server, exchange, route, request)
}

/// Answers with what is in a folder, in a task if that takes time.
fn serve(request: &Bound<'_, Request>, folder: &Arc<Folder>, behind: usize) -> PyResult<()> {
    let (py, this) = (request.py(), request.get());
    let (server, exchange) = (this.server.bind(py), this.exchange);
    let begun = folder::serve(request, folder, behind)
        .and_then(|inner| Operation::begin(py, "StaticFiles.serve", inner));
    match begun {
        Ok(None) => {
            finish::finish(server, exchange, Some(request.clone()), Ok(py.None().into_bound(py)))
        }
        Ok(Some(answer)) => tasks::start(server, exchange, Some(request.clone()), &answer),
        Err(error) => finish::finish(server, exchange, Some(request.clone()), Err(error)),
    }
}

fn call<'py>(
    server: &Bound<'py, Server>,
    exchange: Exchange,
    route: &Route,
    request: Option<Bound<'py, Request>>,
) -> PyResult<()> {
    let py = server.py();
    let function = route.function.bind(py);
    let make = || route.arguments.call(server, function, request.as_ref());
    let outcome = match &route.kind {
        Kind::Inline => {
            let context = ffi::copy_context(py)?;
            ffi::in_context(&context, || match ffi::send_none(&make()?)? {
                Sent::Returned(value) => Ok(value),
                Sent::Yielded(_) => Err(pyo3::exceptions::PyRuntimeError::new_err(
                    "a handler has suspended that cannot",
                )),
            })
        }
        Kind::Task | Kind::Folder(_) => match make() {
            Ok(coroutine) => return tasks::start(server, exchange, request, &coroutine),
            Err(error) => Err(error),
        },
        Kind::Stream => match make() {
            Ok(generator) => {
                let stream = (generator, ffi::copy_context(py)?);
                return streams::pull(server, exchange, &stream, request);
            }
            Err(error) => Err(error),
        },
    };
    finish::finish(server, exchange, request, outcome)
}

fn on_fault(server: &Bound<'_, Server>, id: ConnectionId, fault: PeerError) -> PyResult<()> {
    let exchange = {
        let state = server.get().lock();
        let Some(connection) = state.reactor.peek(id) else { return Ok(()) };
        Exchange { id, number: connection.exchange() }
    };
    fail_with(server, exchange, (fault.status().as_u16(), &fault.to_string()))
}

/// The handler must stop now.
fn cancel(server: &Bound<'_, Server>, id: ConnectionId) -> PyResult<()> {
    let py = server.py();
    if let Some(task) = { server.get().lock().task(py, id) } {
        // Its end tells how it goes on, with its clean-up done.
        task.call_method0(py, pyo3::intern!(py, "cancel"))?;
        return Ok(());
    }
    let exchange = {
        let state = server.get().lock();
        let Some(connection) = state.reactor.peek(id) else { return Ok(()) };
        Exchange { id, number: connection.exchange() }
    };
    // Its response is no whole one, however well its clean-up goes.
    streams::abandon(server, id, || fail_with(server, exchange, (500, "")))
}

/// The connection is over; its handler may not be.
fn on_closed(server: &Bound<'_, Server>, id: ConnectionId, reason: CloseReason) -> PyResult<()> {
    if reason == CloseReason::FileFailed {
        let logger = server.get().helpers.logger.bind(server.py());
        logger.call_method1("warning", ("a connection was cut: %s", reason.to_string()))?;
    }
    wake(server, id, Waiting::ForInput)?;
    wake(server, id, Waiting::ForRoom)?;
    streams::abandon(server, id, || Ok(()))?;
    let object = {
        let mut state = server.get().lock();
        // A handler that still runs keeps what it has put there.
        let drained = state.reactor.peek(id).is_none_or(Connection::is_drained);
        let object = state.contexts.get(&id).map(|object| object.clone_ref(server.py()));
        (object, drained.then(|| state.contexts.remove(&id)))
    };
    if let (Some(object), _) = &object {
        object.call_method0(server.py(), pyo3::intern!(server.py(), "_closed"))?;
    }
    Ok(())
}

fn wake(server: &Bound<'_, Server>, id: ConnectionId, waiting: Waiting) -> PyResult<()> {
    let py = server.py();
    let waiters = server.get().lock().waiters(id, waiting);
    for future in waiters {
        // Who was cancelled while waiting has no use for it any more.
        if !future.call_method0(py, pyo3::intern!(py, "done"))?.is_truthy(py)? {
            future.call_method1(py, pyo3::intern!(py, "set_result"), (py.None(),))?;
        }
    }
    Ok(())
}
