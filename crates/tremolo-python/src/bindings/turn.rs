//! One turn: everything that is ready is served, what was said leaves, the timer is set.

use std::sync::Arc;

use pyo3::prelude::*;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::{CloseReason, Connection, PeerError, escape_controls};
use tremolo_files::Folder;

use super::awaitable::Operation;
use super::exchange::Exchange;
use super::finish::{self, fail_with};
use super::request::Request;
use super::route::{Kind, Route};
use super::server::Server;
use super::state::{Waiting, Waits};
use super::{folder, streams, tasks};
use crate::ffi::{self, Sent};
use crate::reactor::{ConnectionId, Event};

/// The callback of the loop.
pub(super) fn turn(server: &Bound<'_, Server>) -> PyResult<()> {
    let this = server.get();
    let mut now = {
        let mut state = this.lock();
        let now = state.begin_turn();
        state.reactor.collect(&now)?;
        now
    };
    let mut served = Ok(());
    while served.is_ok() {
        let next = {
            let mut state = this.lock();
            now = state.now();
            let next = state.reactor.poll_event(&now);
            if next.is_none() {
                let Some(later) = state.goes_on() else { break };
                state.reactor.collect(&later)?;
                continue;
            }
            next
        };
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
        Event::Cancel(reason) => cancel(server, id, reason),
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
    let (route, behind) = match this.route(&head) {
        Ok(found) => found,
        Err(unserved) => {
            let exchange = {
                let state = this.lock();
                let Some(connection) = state.reactor.peek(id) else { return Ok(()) };
                Exchange { id, number: connection.exchange() }
            };
            return finish::not_served(server, exchange, head, unserved);
        }
    };
    let (exchange, applied) = {
        let mut state = this.lock();
        let now = state.now();
        let Some(connection) = state.reactor.connection(id) else { return Ok(()) };
        route.limit(connection, &now);
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

/// The handler must stop now. One whose client has gone may go on if it waits for the client: it
/// is woken next, and the event comes again after `app_close_timeout`.
fn cancel(server: &Bound<'_, Server>, id: ConnectionId, reason: CloseReason) -> PyResult<()> {
    let py = server.py();
    let waits = server.get().lock().begin_cancel(py, id, reason);
    if let Some(waits) = waits
        && notices(py, &waits)?
    {
        return Ok(());
    }
    match reason {
        CloseReason::HandlerTimeout | CloseReason::WriteTimeout | CloseReason::Fault(_) => {
            warn(server, id, "handler cancelled", reason)?;
        }
        _ => log_cancel(server, reason)?,
    }
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
    let status = reason.status().as_u16();
    streams::abandon(server, id, || fail_with(server, exchange, (status, "")))
}

/// Whether a handler learns that its client has gone: it waits for the client, or has asked to be
/// called.
fn notices(py: Python<'_>, waits: &Waits) -> PyResult<bool> {
    for future in &waits.futures {
        if !future.call_method0(py, pyo3::intern!(py, "done"))?.is_truthy(py)? {
            return Ok(true);
        }
    }
    let Some(connection) = &waits.connection else { return Ok(false) };
    connection.call_method0(py, pyo3::intern!(py, "_is_watched"))?.is_truthy(py)
}

fn log_cancel(server: &Bound<'_, Server>, reason: CloseReason) -> PyResult<()> {
    let logger = server.get().helpers.logger.bind(server.py());
    logger.call_method1("debug", ("a handler is cancelled: %s", reason.to_string()))?;
    Ok(())
}

/// The connection is over; its handler may not be.
fn on_closed(server: &Bound<'_, Server>, id: ConnectionId, reason: CloseReason) -> PyResult<()> {
    if matches!(reason, CloseReason::FileFailed | CloseReason::WriteTimeout) {
        warn(server, id, "a connection was cut", reason)?;
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

/// A warning that names client, method and URL, as far as they are known.
#[cold]
fn warn(
    server: &Bound<'_, Server>,
    id: ConnectionId,
    what: &str,
    reason: CloseReason,
) -> PyResult<()> {
    let mut text = format!("{what}: {reason}");
    {
        let state = server.get().lock();
        if let Some(peer) = state.reactor.peer(id) {
            text = format!("{text}: client {peer}");
        }
        let connection = state.reactor.peek(id);
        if let Some(connection) = connection.filter(|one| one.is_in_work(one.exchange())) {
            let head = connection.head();
            let url = String::from_utf8_lossy(head.url());
            text = format!("{text}, {} {}", head.method(), escape_controls(&url));
        }
    }
    let logger = server.get().helpers.logger.bind(server.py());
    logger.call_method1("warning", ("%s", text)).map(drop)
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
