//! What a handler leaves behind: its reply, its error, or a connection that is left open.

use std::sync::Arc;

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::exceptions::asyncio::CancelledError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyBool, PyTuple};
use tremolo_core::http1::request::RequestHead;
use tremolo_core::http1::response::FieldList;
use tremolo_core::routing::Unserved;
use tremolo_core::{
    Connection, Error, ErrorAnswer, Misuse, Now, PeerError, Piece, error_page, reason_of,
};

use super::errors;
use super::exchange::Exchange;
use super::payload::piece_of;
use super::request::Request;
use super::response::Response;
use super::server::Server;
use super::tasks;

/// The handler is over. Only what must end the server is an error in here.
pub(super) fn finish<'py>(
    server: &Bound<'py, Server>,
    exchange: Exchange,
    mut request: Option<Bound<'py, Request>>,
    outcome: PyResult<Bound<'py, PyAny>>,
) -> PyResult<()> {
    let replied = outcome.and_then(|value| reply(server, exchange, &mut request, &value));
    match replied {
        Ok(()) => Ok(()),
        Err(error) => fail(server, exchange, request, error),
    }
}

fn reply<'py>(
    server: &Bound<'py, Server>,
    exchange: Exchange,
    request: &mut Option<Bound<'py, Request>>,
    value: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let this = server.get();
    if value.is_none() {
        drop(request.take());
        return over(server, exchange, |_, _| Ok(()));
    }
    let piece = piece_of(value)?;
    let ends = piece.is_some() || value.is(&this.helpers.end);
    if ends {
        if let Some(request) = &request {
            request.get().store_headers(server.py())?;
        }
        // Unless the handler has kept it, nobody holds the head any more: the next one is read into
        // its place.
        drop(request.take());
    }
    if let Some(piece) = piece {
        return over(server, exchange, |connection, now| connection.end(now, piece));
    }
    if ends {
        return over(server, exchange, |connection, now| connection.end(now, (&[]).into()));
    }
    if value.get_type().is(&this.helpers.answer) {
        return send_answer(server, exchange, request.as_ref(), value.cast()?);
    }
    if value.hasattr("__anext__")? || value.hasattr("__next__")? {
        let request = match request {
            Some(request) => request.clone(),
            None => Request::create(server, exchange, Arc::default(), None)?,
        };
        let response = Response::of(&request)?;
        let pump = this.helpers.pump.bind(server.py()).call1((response, value))?;
        return tasks::start(server, exchange, Some(request), &pump);
    }
    if !value.is_exact_instance_of::<PyBool>() || !value.is_truthy()? {
        return Err(no_body(server, exchange, value));
    }
    let kept = request.as_ref().is_some_and(|request| request.get().leave_open());
    exchange.act(server, |connection, now| {
        connection.leave_open(now);
        if !kept {
            connection.abandon(now);
        }
        Ok(())
    })?;
    let work = this.lock().forget(exchange);
    drop(work);
    let logger = this.helpers.logger.bind(server.py());
    logger.call_method1("info", ("a handler has left its connection open",))?;
    Ok(())
}

/// Says the last of a handler, and that it is over.
fn over(
    server: &Bound<'_, Server>,
    exchange: Exchange,
    say: impl FnOnce(&mut Connection, &Now) -> Result<(), Error>,
) -> PyResult<()> {
    let this = server.get();
    let (said, work, told) = {
        let mut state = this.lock();
        let now = state.now();
        let work = state.forget(exchange);
        let Some(connection) = state.connection(exchange) else { return Ok(()) };
        let said = say(connection, &now);
        match said {
            // The error page goes first.
            Err(Error::Misuse(_)) if !connection.is_head_sent() => {}
            _ => connection.handler_done(&now),
        }
        // Of a connection that ended before its handler nothing else will tell.
        let gone = connection.is_drained();
        let context = if gone { state.contexts.remove(&exchange.id) } else { None };
        (said, (work, context), this.tell(&mut state))
    };
    drop(work);
    told.follow(server)?;
    match said {
        Ok(()) => Ok(()),
        Err(Error::Misuse(misuse)) => too_late(server, exchange, misuse),
        Err(error) => {
            let logger = this.helpers.logger.bind(server.py());
            logger.call_method1("debug", ("the reply was not sent: %s", error.to_string()))?;
            Ok(())
        }
    }
}

/// A reply that could not be sent: a mistake of the handler.
fn too_late(server: &Bound<'_, Server>, exchange: Exchange, misuse: Misuse) -> PyResult<()> {
    let logger = server.get().helpers.logger.bind(server.py());
    let text = misuse.to_string();
    logger.call_method1("error", ("the handler's reply could not be sent: %s", text))?;
    fail_with(server, exchange, (500, ""))
}

/// Whether an exception means more than the handler that has raised it: somebody has pressed
/// Ctrl-C. `sys.exit()` in a handler must not take the other clients' connections with it.
pub(super) fn ends_a_program(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyKeyboardInterrupt>(py)
}

/// The error of a handler that has returned what is no body.
fn no_body(server: &Bound<'_, Server>, exchange: Exchange, value: &Bound<'_, PyAny>) -> PyErr {
    let (py, this) = (server.py(), server.get());
    let head = {
        let state = this.lock();
        state.reactor.peek(exchange.id).map(|connection| Arc::clone(connection.head()))
    };
    let handler = head.and_then(|head| Some(this.route(&head).ok()?.0.function.bind(py).clone()));
    errors::no_body(handler.as_ref(), value)
}

/// A handler has raised: `tremolo` decides what it means, and answers it, now or later.
fn fail<'py>(
    server: &Bound<'py, Server>,
    exchange: Exchange,
    request: Option<Bound<'py, Request>>,
    error: PyErr,
) -> PyResult<()> {
    let py = server.py();
    if ends_a_program(py, &error) {
        fail_with(server, exchange, (500, ""))?;
        return Err(error);
    }
    let (alive, head_sent, head, cancelled) = {
        let state = server.get().lock();
        let cancelled = state.cancelled(exchange);
        let connection = state.reactor.peek(exchange.id);
        match connection.filter(|connection| connection.exchange() == exchange.number) {
            None => (false, false, Arc::default(), cancelled),
            Some(connection) => {
                let head = Arc::clone(connection.head());
                (!connection.is_closed(), connection.is_head_sent(), head, cancelled)
            }
        }
    };
    let timed_out = cancelled.is_some_and(|reason| reason.status().as_u16() == 408);
    let error = if timed_out && error.is_instance_of::<CancelledError>(py) {
        // It was the client that was slow, not the handler.
        errors::raise(py, PeerError::BodyTimeout.into())
    } else {
        error
    };
    let request = match request {
        Some(request) => request,
        None => Request::create(server, exchange, head, None)?,
    };
    let failure = server.get().helpers.failure.bind(py);
    let answer =
        failure.call1((error.into_value(py), &request, Response::of(&request)?, alive, head_sent));
    match answer {
        Ok(answer) => match answer.cast::<PyTuple>() {
            Ok(answer) => send_answer(server, exchange, Some(&request), answer),
            Err(_) => tasks::start(server, exchange, Some(request), &answer),
        },
        // A page that fails is not answered with another one.
        Err(error) => {
            let logger = server.get().helpers.logger.bind(py);
            let exc_info = [("exc_info", error.into_value(py))].into_py_dict(py)?;
            let text = ("the answer to an exception failed",);
            logger.call_method("error", text, Some(&exc_info))?;
            fail_with(server, exchange, (500, ""))
        }
    }
}

/// `(status, reason, content type, fields, body, keep what was set)`, by `tremolo._failures`.
pub(super) struct Answer {
    status: u16,
    reason: Option<String>,
    content_type: String,
    fields: FieldList,
    body: Vec<u8>,
    keep: bool,
}

impl Answer {
    /// An error for what is no answer, or has a field that could split a head.
    pub(super) fn new(answer: &Bound<'_, PyTuple>) -> PyResult<Self> {
        type Fields = Vec<(Vec<u8>, Vec<u8>)>;
        type Parts = (u16, Option<String>, String, Fields, Vec<u8>, bool);
        let (status, reason, content_type, pairs, body, keep): Parts = answer.extract()?;
        let mut fields = FieldList::default();
        for (name, value) in &pairs {
            let added = fields.append(name, value);
            added.map_err(|misuse| errors::raise(answer.py(), misuse.into()))?;
        }
        Ok(Self { status, reason, content_type, fields, body, keep })
    }

    pub(super) fn keeps_head(&self) -> bool {
        self.keep
    }

    pub(super) fn say(&self, connection: &mut Connection, now: &Now) -> Result<(), Error> {
        let answer = ErrorAnswer {
            status: self.status,
            reason: self.reason.as_deref(),
            content_type: &self.content_type,
            fields: &self.fields,
            body: Piece::Slice(&self.body),
        };
        if self.keep && !connection.is_head_sent() {
            return add_to_head(connection, now, answer);
        }
        connection.fail(now, answer);
        Ok(())
    }
}

fn send_answer(
    server: &Bound<'_, Server>,
    exchange: Exchange,
    request: Option<&Bound<'_, Request>>,
    answer: &Bound<'_, PyTuple>,
) -> PyResult<()> {
    let answer = match (Answer::new(answer), request) {
        (Ok(answer), Some(request)) if answer.keep => {
            request.get().store_headers(server.py()).map(|_| answer)
        }
        (answer, _) => answer,
    };
    match answer {
        Ok(answer) => over(server, exchange, |connection, now| answer.say(connection, now)),
        Err(_) => fail_with(server, exchange, (500, "")),
    }
}

/// An answer that keeps the fields that were set before.
fn add_to_head(
    connection: &mut Connection,
    now: &Now,
    answer: ErrorAnswer<'_>,
) -> Result<(), Error> {
    let head = connection.response_mut()?;
    match answer.reason {
        Some(reason) => head.set_status_with_reason(answer.status, reason.as_bytes())?,
        None => head.set_status(answer.status)?,
    }
    head.set_content_type(answer.content_type.as_bytes())?;
    for (place, (name, value)) in answer.fields.iter().enumerate() {
        // Of one name the first takes the place of what was set before.
        if answer.fields.iter().take(place).any(|(before, _)| before.eq_ignore_ascii_case(name)) {
            head.append(name, value)?;
        } else {
            head.set(name, value)?;
        }
    }
    connection.end(now, answer.body)
}

/// No route serves this: the server answers by itself.
pub(super) fn not_served(
    server: &Bound<'_, Server>,
    exchange: Exchange,
    head: Arc<RequestHead>,
    unserved: Unserved,
) -> PyResult<()> {
    let status = unserved.status();
    if status.is_success() {
        return over(server, exchange, |connection, now| {
            let response = connection.response_mut()?;
            response.set_status(status.as_u16())?;
            if let Some(allow) = unserved.allow() {
                response.set(b"Allow", allow.as_bytes())?;
            }
            connection.end(now, Piece::Slice(&[]))
        });
    }
    let request = Request::create(server, exchange, head, None)?;
    let error = errors::not_served(server.py(), &request, unserved);
    fail(server, exchange, Some(request), error)
}

/// Answers with the built-in page.
pub(super) fn fail_with(
    server: &Bound<'_, Server>,
    exchange: Exchange,
    (status, detail): (u16, &str),
) -> PyResult<()> {
    let this = server.get();
    let page = error_page(status, reason_of(status), detail, &this.settings.config().server_name);
    over(server, exchange, |connection, now| {
        let fields = &FieldList::default();
        let content_type = "text/html; charset=utf-8";
        let body = Piece::from(page);
        connection.fail(now, ErrorAnswer { status, reason: None, content_type, fields, body });
        Ok(())
    })
}
