//! What a handler leaves behind: its reply, its error, or a connection that is left open.

use std::sync::Arc;

use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::http1::response::FieldList;
use tremolo_core::{Connection, Error, ErrorAnswer, Misuse, Now, Piece, error_page, reason_of};

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
    request: Option<Bound<'py, Request>>,
    outcome: PyResult<Bound<'py, PyAny>>,
) -> PyResult<()> {
    let replied = outcome.and_then(|value| reply(server, exchange, request.as_ref(), &value));
    match replied {
        Ok(()) => Ok(()),
        Err(error) => fail(server, exchange, request, error),
    }
}

fn reply<'py>(
    server: &Bound<'py, Server>,
    exchange: Exchange,
    request: Option<&Bound<'py, Request>>,
    value: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let this = server.get();
    if value.is_none() {
        return over(server, exchange, |_, _| Ok(()));
    }
    if let Some(piece) = piece_of(value)? {
        return over(server, exchange, |connection, now| connection.end(now, piece));
    }
    if value.is(&this.helpers.end) {
        return over(server, exchange, |connection, now| connection.end(now, (&[]).into()));
    }
    if let Some(answer) = value.cast::<PyTuple>().ok().filter(|answer| answer.len() == 6) {
        return send_answer(server, exchange, answer);
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
    let kept = request.is_some_and(|request| request.get().leave_open());
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
    let (said, work, schedule) = {
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
        (said, work, !state.in_turn() && !std::mem::replace(&mut state.scheduled, true))
    };
    drop(work);
    if schedule {
        Server::schedule(server)?;
    }
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

/// Whether an exception means more than the handler that has raised it.
pub(super) fn ends_a_program(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyKeyboardInterrupt>(py) || error.is_instance_of::<PySystemExit>(py)
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
    let (alive, head_sent, head) = {
        let state = server.get().lock();
        let connection = state.reactor.peek(exchange.id);
        match connection.filter(|connection| connection.exchange() == exchange.number) {
            None => (false, false, Arc::default()),
            Some(connection) => {
                let head = Arc::clone(connection.head());
                (!connection.is_closed(), connection.is_head_sent(), head)
            }
        }
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
            Ok(answer) => send_answer(server, exchange, answer),
            Err(_) => tasks::start(server, exchange, Some(request), &answer),
        },
        // A page that fails is not answered with another one.
        Err(error) => {
            error.display(py);
            fail_with(server, exchange, (500, ""))
        }
    }
}

/// Sends `(status, reason, content type, fields, body, keep what was set)`.
fn send_answer(
    server: &Bound<'_, Server>,
    exchange: Exchange,
    answer: &Bound<'_, PyTuple>,
) -> PyResult<()> {
    type Fields = Vec<(Vec<u8>, Vec<u8>)>;
    let (status, reason, content_type, fields, body, keep): (
        u16,
        Option<String>,
        String,
        Fields,
        Vec<u8>,
        bool,
    ) = answer.extract()?;
    let mut list = FieldList::default();
    for (name, value) in &fields {
        if list.append(name, value).is_err() {
            return fail_with(server, exchange, (500, ""));
        }
    }
    let answer = ErrorAnswer {
        status,
        reason: reason.as_deref(),
        content_type: &content_type,
        fields: &list,
        body: Piece::Slice(&body),
    };
    over(server, exchange, |connection, now| {
        if keep && !connection.is_head_sent() {
            return redirect(connection, now, answer);
        }
        connection.fail(now, answer);
        Ok(())
    })
}

/// An answer that keeps the fields that were set before.
fn redirect(connection: &mut Connection, now: &Now, answer: ErrorAnswer<'_>) -> Result<(), Error> {
    let head = connection.response_mut()?;
    match answer.reason {
        Some(reason) => head.set_status_with_reason(answer.status, reason.as_bytes())?,
        None => head.set_status(answer.status)?,
    }
    head.set_content_type(answer.content_type.as_bytes())?;
    for (name, value) in answer.fields.iter() {
        head.set(name, value)?;
    }
    connection.end(now, answer.body)
}

/// No route serves this.
pub(super) fn not_served(
    server: &Bound<'_, Server>,
    exchange: Exchange,
    head: Arc<RequestHead>,
) -> PyResult<()> {
    let request = Request::create(server, exchange, head, None)?;
    let error = super::errors::not_served(server.py(), &request);
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
