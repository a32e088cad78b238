//! The end of a handler: its reply, its exception, or a connection that is left open.

use std::sync::Arc;

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::exceptions::asyncio::CancelledError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyTuple};
use tremolo_core::http1::request::RequestHead;
use tremolo_core::http1::response::FieldList;
use tremolo_core::{
    ConnectionRef, Error, ErrorPage, Exchange, Misuse, Now, PeerError, Piece, Problem,
};

use super::answer::Answer;
use super::errors::{self, Refusal};
use super::exchange_id::ExchangeId;
use super::hooks::Level;
use super::host::Host;
use super::payload::piece_of;
use super::request::{Origin, Request};
use super::response::Response;

/// A coroutine that completes the response: it sends the pieces of a generator, or makes the page
/// of an error.
#[must_use]
pub(super) struct FollowUp<'py> {
    pub(super) request: Bound<'py, Request>,
    pub(super) coroutine: Bound<'py, PyAny>,
}

/// What is left to run after a handler. An error ends the server.
pub(super) type Finished<'py> = PyResult<Option<FollowUp<'py>>>;

/// Sends the reply of a handler, or responds to its exception.
pub(super) fn finish<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    mut request: Option<Bound<'py, Request>>,
    outcome: PyResult<Bound<'py, PyAny>>,
) -> Finished<'py> {
    let replied = outcome.and_then(|value| reply(host, exchange, &mut request, &value));
    match replied {
        Ok(follow_up) => Ok(follow_up),
        Err(error) => answer_exception(host, exchange, request, error),
    }
}

fn reply<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    request: &mut Option<Bound<'py, Request>>,
    value: &Bound<'py, PyAny>,
) -> Finished<'py> {
    let this = host.get();
    if value.is_none() {
        drop(request.take());
        return complete(host, exchange, |_, _| Ok(()));
    }
    let piece = piece_of(value)?;
    let ends = piece.is_some() || value.is(&this.hooks.end);
    if ends {
        if let Some(request) = &request {
            request.get().store_headers(host.py())?;
        }
        // Unless the handler has kept the request, its head is released, and its memory is reused
        // for the next head.
        drop(request.take());
    }
    if let Some(piece) = piece {
        return complete(host, exchange, |exchange, now| exchange.end(now, piece));
    }
    if ends {
        return complete(host, exchange, |exchange, now| exchange.end(now, (&[]).into()));
    }
    if value.get_type().is(&this.hooks.answer) {
        return send_answer(host, exchange, request.as_ref(), value.cast()?);
    }
    if value.hasattr("__anext__")? || value.hasattr("__next__")? {
        let request = match request {
            Some(request) => request.clone(),
            None => Request::create(host, exchange, Arc::default(), Origin::default())?,
        };
        let response = Response::of(&request)?;
        let pump = this.hooks.pump.bind(host.py()).call1((response, value))?;
        return Ok(Some(FollowUp { request, coroutine: pump }));
    }
    if !value.is_exact_instance_of::<PyBool>() || !value.is_truthy()? {
        return Err(no_body(host, exchange, value));
    }
    let kept = request.as_ref().is_some_and(|request| request.get().leave_open());
    exchange.act(host, |exchange, now| {
        exchange.leave_open(now);
        if !kept {
            exchange.abandon(now);
        }
        Ok(())
    })?;
    let suspended = this.lock().forget(exchange);
    drop(suspended);
    this.hooks.log(host.py(), Level::Info, "a handler has left its connection open", None)?;
    Ok(None)
}

/// Performs the last write operation of a handler, and marks the handler as done.
fn complete<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    write: impl FnOnce(&mut Exchange<'_>, &Now) -> Result<(), Error>,
) -> Finished<'py> {
    let misuse = complete_unless_misused(host, exchange, write)?;
    misuse.map_or(Ok(None), |misuse| answer_misuse(host, exchange, misuse).map(|()| None))
}

/// Like `complete`, but returns a misuse instead of responding to it.
fn complete_unless_misused(
    host: &Bound<'_, Host>,
    exchange: ExchangeId,
    write: impl FnOnce(&mut Exchange<'_>, &Now) -> Result<(), Error>,
) -> PyResult<Option<Misuse>> {
    let this = host.get();
    let (written, released, wakeup) = {
        let mut state = this.lock();
        let now = state.now();
        let suspended = state.forget(exchange);
        let Some(mut current) = state.exchange(exchange) else { return Ok(None) };
        let written = write(&mut current, &now);
        match written {
            // The error page is sent first.
            Err(Error::Misuse(_)) if !current.peek().is_head_sent() => {}
            _ => current.handler_done(&now),
        }
        // If the connection ended before its handler, no event follows that would remove it.
        let gone = state.reactor.peek(exchange.id).is_some_and(ConnectionRef::is_drained);
        let context = if gone { state.contexts.remove(&exchange.id) } else { None };
        (written, (suspended, context), this.notify(&mut state))
    };
    drop(released);
    wakeup.perform(host)?;
    match written {
        Ok(()) => Ok(None),
        Err(Error::Misuse(misuse)) => Ok(Some(misuse)),
        Err(error) => {
            let (message, text) = ("the reply was not sent: %s", error.to_string());
            this.hooks.log(host.py(), Level::Debug, message, Some(&text))?;
            Ok(None)
        }
    }
}

/// Responds to a reply that could not be sent: an error of the handler.
#[cold]
fn answer_misuse(host: &Bound<'_, Host>, exchange: ExchangeId, misuse: Misuse) -> PyResult<()> {
    let (message, text) = ("the handler's reply could not be sent: %s", misuse.to_string());
    host.get().hooks.log(host.py(), Level::Error, message, Some(&text))?;
    send_builtin_page(host, exchange, (500, ""))
}

/// Whether an exception ends the whole program: Ctrl-C was pressed. `sys.exit()` in a handler must
/// not close the connections of other clients.
pub(super) fn ends_program(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyKeyboardInterrupt>(py)
}

/// The exception for a handler that has returned an object that cannot be a body.
fn no_body(host: &Bound<'_, Host>, exchange: ExchangeId, value: &Bound<'_, PyAny>) -> PyErr {
    let (py, this) = (host.py(), host.get());
    let head = {
        let state = this.lock();
        let current = state.reactor.peek(exchange.id).and_then(ConnectionRef::current);
        current.map(|current| Arc::clone(current.head()))
    };
    let handler =
        head.and_then(|head| this.handler_of(&head).map(|handler| handler.bind(py).clone()));
    errors::no_body(handler.as_ref(), value)
}

/// Responds to an exception of a handler, now or by a coroutine.
fn answer_exception<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    request: Option<Bound<'py, Request>>,
    error: PyErr,
) -> Finished<'py> {
    let py = host.py();
    if ends_program(py, &error) {
        send_builtin_page(host, exchange, (500, ""))?;
        return Err(error);
    }
    let (alive, head_sent, head, cancelled) = {
        let state = host.get().lock();
        let cancelled = state.cancelled(exchange);
        let connection = state.reactor.peek(exchange.id);
        let is_open = connection.is_some_and(|connection| connection.close_reason().is_none());
        match connection.and_then(|connection| connection.exchange(exchange.number).ok()) {
            None => (false, false, Arc::default(), cancelled),
            Some(current) => {
                let alive = is_open && !current.has_refused_events();
                (alive, current.is_head_sent(), Arc::clone(current.head()), cancelled)
            }
        }
    };
    let timed_out = cancelled.is_some_and(|reason| reason.status().as_u16() == 408);
    let error = if timed_out && error.is_instance_of::<CancelledError>(py) {
        // The client was slow, and not the handler.
        errors::raise(py, PeerError::BodyTimeout.into())
    } else {
        error
    };
    let request = match request {
        Some(request) => request,
        None => Request::create(host, exchange, head, Origin::default())?,
    };
    let failure = host.get().hooks.failure.bind(py);
    let answer =
        failure.call1((error.into_value(py), &request, Response::of(&request)?, alive, head_sent));
    match answer {
        Ok(answer) => match answer.cast::<PyTuple>() {
            Ok(answer) => send_answer(host, exchange, Some(&request), answer),
            Err(_) => Ok(Some(FollowUp { request, coroutine: answer })),
        },
        // An exception of an error page gets the built-in page.
        Err(error) => {
            host.get().hooks.log_exception(py, "the answer to an exception failed", error)?;
            send_builtin_page(host, exchange, (500, "")).map(|()| None)
        }
    }
}

fn send_answer<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    request: Option<&Bound<'_, Request>>,
    answer: &Bound<'_, PyTuple>,
) -> Finished<'py> {
    let answer = match (Answer::new(answer), request) {
        (Ok(answer), Some(request)) if answer.keeps_head() => {
            request.get().store_headers(host.py()).map(|_| answer)
        }
        (answer, _) => answer,
    };
    match answer {
        Ok(answer) => complete(host, exchange, |exchange, now| answer.send(exchange, now)),
        Err(_) => send_builtin_page(host, exchange, (500, "")).map(|()| None),
    }
}

/// Responds to a request that no handler serves.
pub(super) fn finish_unserved<'py>(
    host: &Bound<'py, Host>,
    exchange: ExchangeId,
    head: Arc<RequestHead>,
    refusal: Refusal<'_>,
) -> Finished<'py> {
    if refusal.is_success() {
        return complete(host, exchange, |exchange, now| {
            let response = exchange.response_mut()?;
            response.set_status(refusal.status)?;
            if let Some(allow) = refusal.allow {
                response.set(b"Allow", allow.as_bytes())?;
            }
            exchange.end(now, Piece::Slice(&[]))
        });
    }
    let request = Request::create(host, exchange, head, Origin::default())?;
    let error = errors::not_served(host.py(), request.get().head.path(), refusal);
    answer_exception(host, exchange, Some(request), error)
}

/// Responds to a malformed request, as if a handler had raised the error.
pub(super) fn finish_malformed<'py>(
    host: &Bound<'py, Host>,
    request: Bound<'py, Request>,
    fault: PeerError,
) -> Finished<'py> {
    let exchange = request.get().exchange;
    let error = errors::raise(host.py(), fault.into());
    answer_exception(host, exchange, Some(request), error)
}

/// Responds with the built-in error page.
pub(super) fn send_builtin_page(
    host: &Bound<'_, Host>,
    exchange: ExchangeId,
    page: (u16, &str),
) -> PyResult<()> {
    send_page_with(host, exchange, page, &FieldList::default(), None)
}

/// Responds to a request that cannot be served with the built-in error page.
pub(super) fn send_fault_page(
    host: &Bound<'_, Host>,
    exchange: ExchangeId,
    fault: PeerError,
) -> PyResult<()> {
    let mut fields = FieldList::default();
    if let Some((name, value)) = fault.field() {
        // Both are constants of the engine, and valid.
        let _ = fields.append(name.as_bytes(), value.as_bytes());
    }
    let page = (fault.status().as_u16(), &*fault.to_string());
    send_page_with(host, exchange, page, &fields, fault.reason())
}

fn send_page_with(
    host: &Bound<'_, Host>,
    exchange: ExchangeId,
    (status, detail): (u16, &str),
    fields: &FieldList,
    reason: Option<(&'static str, &'static str)>,
) -> PyResult<()> {
    let server_name = &host.get().settings.config().server_name;
    let members: Vec<_> =
        reason.map(|(name, text)| (name.into(), text.into())).into_iter().collect();
    let problem = Problem { detail, members: &members, server_name, ..Problem::new(status) };
    let misuse = complete_unless_misused(host, exchange, |exchange, now| {
        let (format, varies) = exchange.peek().page_format();
        let (content_type, body) = (format.content_type(), problem.render(format).into());
        let page = ErrorPage { status, reason: None, content_type, varies, fields, body };
        exchange.send_error_page(now, page);
        Ok(())
    })?;
    debug_assert_eq!(misuse, None, "an error page is never a misuse");
    Ok(())
}
