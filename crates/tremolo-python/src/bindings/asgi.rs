//! ASGI 3.0 (`HTTP & WebSocket ASGI Message Format` 2.5): the endpoint that calls an ASGI application
//! with a scope, `receive` and `send`. The lifespan is in Python, `tremolo.asgi`.
//!
//! An application runs as a task from its first step, and is over in the call if it does not
//! suspend. It is independent of its exchange: it goes on after the response is complete, and when
//! its client has gone.

mod channel;
mod completion;
mod done;
mod errors;
mod fields;
mod file;
mod http;
mod message;
mod operations;
mod recent;
mod response;
mod scope;
mod websocket;

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::websocket::{Handshake, Refusal};
use tremolo_core::{CloseReason, Error};

use self::channel::Channel;
use self::completion::Over;
use self::http::HttpChannel;
use self::scope::{Origin, Scopes};
use self::websocket::WebSocketChannel;
use super::endpoint::{Call, Endpoint, Wants};
use super::exchange::act_and_notify;
use super::exchange_id::ExchangeId;
use super::host::Host;
use super::request::Request;
use super::tasks;
use super::websocket::refused;
use crate::ffi;

/// An ASGI application as the target of a route, for `tremolo.asgi`.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct AsgiTarget {
    app: Py<PyAny>,
    root_path: String,
    /// What is put in front of the path of the request: a proxy has removed it.
    removed_path: String,
    /// The namespace of the lifespan, which each request gets a copy of.
    state: Py<PyDict>,
    /// How long a request may make no progress; `None`: for any time.
    timeout: Option<Duration>,
}

#[pymethods]
impl AsgiTarget {
    #[new]
    fn new(
        app: Py<PyAny>,
        root_path: String,
        removed_path: String,
        state: Py<PyDict>,
        timeout: Option<f64>,
    ) -> PyResult<Self> {
        let timeout = timeout.map(Duration::try_from_secs_f64).transpose();
        let timeout = timeout.map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(Self { app, root_path, removed_path, state, timeout })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.app)?;
        visit.call(&self.state)
    }
}

/// Serves requests with an ASGI application.
#[derive(Debug)]
pub(super) struct AsgiEndpoint {
    app: Py<PyAny>,
    scopes: Scopes,
    timeout: Option<Duration>,
}

/// The scope of a request, its channel, and its handshake if it is one of a WebSocket.
type Opened<'py> = (Bound<'py, PyDict>, Channel, Option<Handshake>);

impl AsgiEndpoint {
    pub(super) fn new(target: &AsgiTarget, py: Python<'_>) -> PyResult<Self> {
        let scopes =
            Scopes::new(target.state.bind(py), &target.root_path, target.removed_path.clone())?;
        Ok(Self { app: target.app.clone_ref(py), scopes, timeout: target.timeout })
    }

    /// Makes the scope of a request and its channel.
    fn open<'py>(
        &self,
        host: &Bound<'py, Host>,
        exchange: ExchangeId,
        head: &tremolo_core::http1::request::RequestHead,
        request: Option<&Bound<'py, Request>>,
    ) -> PyResult<Opened<'py>> {
        let py = host.py();
        let (handshake, origin) = act_and_notify(host, |state, now| {
            let connection = state.reactor.connection(exchange.id);
            let connection = connection.ok_or(Error::Closed(CloseReason::PeerGone))?;
            let mut current = connection.exchange(exchange.number)?;
            current.options().set_handler_timeout(now, self.timeout);
            let handshake = current.peek().websocket_handshake();
            Ok((handshake, Origin::of(state, host, exchange.id, head)))
        })?;
        let handshake = match handshake {
            Ok(handshake) => Some(handshake),
            Err(Refusal::NotAnUpgrade) => None,
            Err(refusal) => return Err(refused(py, refusal)),
        };
        let request = request.map(|request| request.clone().unbind());
        let scope = self.scopes.scope(host, (exchange.id, origin), head, handshake.as_ref())?;
        let channel = Channel::new(host, exchange, &scope, request);
        Ok((scope, channel, handshake))
    }

    /// Runs the application with a scope, `receive` and `send`.
    fn run<'py>(
        &self,
        host: &Bound<'py, Host>,
        exchange: ExchangeId,
        mut over: Over,
        arguments: Arguments<'_, 'py>,
    ) -> PyResult<()> {
        match self.begin(arguments) {
            Ok(coroutine) => tasks::start_with(host, exchange, over, &coroutine),
            Err(error) => tasks::Completion::complete(&mut over, host, exchange, Err(error)),
        }
    }

    /// Calls the application.
    fn begin<'py>(&self, arguments: Arguments<'_, 'py>) -> PyResult<Bound<'py, PyAny>> {
        let (scope, ..) = arguments;
        let py = scope.py();
        let called = self.app.bind(py).call1(arguments)?;
        if ffi::is_coroutine(&called) {
            return Ok(called);
        }
        called.call_method0(pyo3::intern!(py, "__await__"))
    }
}

/// A scope, `receive` and `send`.
type Arguments<'a, 'py> = (&'a Bound<'py, PyDict>, &'a Bound<'py, PyAny>, &'a Bound<'py, PyAny>);

impl Endpoint for AsgiEndpoint {
    fn wants(&self) -> Wants {
        Wants::Head
    }

    fn serve(&self, Call { host, exchange, head, .. }: Call<'_, '_>) -> PyResult<()> {
        let Some(head) = head else { return Ok(()) };
        let opened = self.open(host, exchange, &head, None);
        // The buffer of the head is reused: the scope has all of it.
        drop(head);
        let (scope, channel, handshake) = match opened {
            Ok(opened) => opened,
            Err(error) => return tasks::finish(host, exchange, None, Err(error)),
        };
        let py = host.py();
        let Some(handshake) = handshake else {
            let channel = HttpChannel::reused(py, channel)?;
            let over = Over::http(channel.object(py));
            let [receive, send] = channel.methods(py);
            let served = self.run(host, exchange, over, (&scope, receive, send));
            HttpChannel::recycle(py, channel);
            return served;
        };
        let channel = Bound::new(py, WebSocketChannel::new(channel, handshake))?;
        let receive = channel.getattr(pyo3::intern!(py, "receive"))?;
        let send = channel.getattr(pyo3::intern!(py, "send"))?;
        self.run(host, exchange, Over::websocket(&channel), (&scope, &receive, &send))
    }

    /// A coroutine that raises if the application has not completed its response.
    fn call<'py>(
        &self,
        request: &Bound<'py, Request>,
        _rest: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        static WITHIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let (py, this) = (request.py(), request.get());
        let opened = self.open(this.host.bind(py), this.exchange, &this.head, Some(request));
        let (scope, channel, handshake) = opened?;
        let channel = match handshake {
            None => Bound::new(py, HttpChannel::new(channel))?.into_any(),
            Some(handshake) => {
                Bound::new(py, WebSocketChannel::new(channel, handshake))?.into_any()
            }
        };
        let within = WITHIN.import(py, "tremolo.asgi._calls", "within")?;
        within.call1((self.app.bind(py), scope, channel))
    }

    /// The application responds to all methods.
    fn decides_methods(&self) -> bool {
        true
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.app)?;
        self.scopes.traverse(visit)
    }
}
