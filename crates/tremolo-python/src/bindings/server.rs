//! The server of one event loop: the reactor, the routes, and what is called in Python.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use tremolo_core::{Router, Settings};
use tremolo_net::{InvalidAddress, Listening, Peer, connection_limit};

use super::options;
use super::route::Route;
use super::state::State;
use crate::reactor::{ConnectionId, Reactor};

/// The engine's side of a running application; made by `Application.run`.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Server {
    state: Mutex<State>,
    pub(super) settings: Arc<Settings>,
    router: Router<Arc<Route>>,
    pub(super) helpers: Helpers,
}

// Python aligns its objects to 16 bytes.
const _: () = assert!(align_of::<Server>() <= 16);

/// What is called in Python: of the loop, and of the package.
#[derive(Debug)]
pub(super) struct Helpers {
    call_soon: Py<PyAny>,
    pub(super) call_later: Py<PyAny>,
    create_future: Py<PyAny>,
    /// Starts a coroutine as a task whose first step has run when it returns.
    pub(super) start: Py<PyAny>,
    /// Goes on with a step that has to wait.
    pub(super) settle: Py<PyAny>,
    /// Turns an exception into an answer, or a coroutine that gives one.
    pub(super) failure: Py<PyAny>,
    /// Sends what a generator gives that a handler has returned.
    pub(super) pump: Py<PyAny>,
    /// What a coroutine returns that has sent a stream to its end.
    pub(super) end: Py<PyAny>,
    pub(super) headers: Py<PyAny>,
    pub(super) request_context: Py<PyAny>,
    pub(super) connection: Py<PyAny>,
    pub(super) uid: Py<PyAny>,
    pub(super) form: Py<PyAny>,
    pub(super) files: Py<PyAny>,
    pub(super) redirect: Py<PyAny>,
    pub(super) logger: Py<PyAny>,
}

impl Helpers {
    fn new(loop_: &Bound<'_, PyAny>, support: &Bound<'_, PyAny>) -> PyResult<Self> {
        let of_loop = |name: &str| loop_.getattr(name).map(Bound::unbind);
        let of_support = |name: &str| support.getattr(name).map(Bound::unbind);
        Ok(Self {
            call_soon: of_loop("call_soon")?,
            call_later: of_loop("call_later")?,
            create_future: of_loop("create_future")?,
            start: of_support("start")?,
            settle: of_support("settle")?,
            failure: of_support("failure")?,
            pump: of_support("pump")?,
            end: of_support("end")?,
            headers: of_support("headers")?,
            request_context: of_support("request_context")?,
            connection: of_support("connection")?,
            uid: of_support("uid")?,
            form: of_support("form")?,
            files: of_support("files")?,
            redirect: of_support("redirect")?,
            logger: of_support("logger")?,
        })
    }
}

#[pymethods]
impl Server {
    /// `routes` are pairs of a path and a `tremolo._handlers.Handler`.
    #[new]
    fn new(
        r#loop: &Bound<'_, PyAny>,
        support: &Bound<'_, PyAny>,
        routes: &Bound<'_, PyList>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        let settings = settings(options)?;
        let mut router = Router::default();
        for pair in routes {
            let (path, handler): (String, Bound<'_, PyAny>) = pair.extract()?;
            router.add(&path, Arc::new(Route::new(&handler)?));
        }
        let limit = connection_limit(settings.config());
        let reactor = Reactor::new(Arc::clone(&settings), limit)?;
        let helpers = Helpers::new(r#loop, support)?;
        Ok(Self { state: Mutex::new(State::new(reactor)), settings, router, helpers })
    }

    /// Listens on an address, perhaps with options other than the server's; says which it is,
    /// with the port that the system has chosen.
    #[pyo3(signature = (address, options=None))]
    fn listen(&self, address: &str, options: Option<&Bound<'_, PyDict>>) -> PyResult<String> {
        let settings = match options {
            Some(options) => settings(options)?,
            None => Arc::clone(&self.settings),
        };
        let failed = |error| cannot_listen(address, &error);
        let parsed = address.parse().map_err(|error: InvalidAddress| {
            let unreachable = rustix::io::Errno::ADDRNOTAVAIL.raw_os_error();
            PyOSError::new_err((unreachable, error.to_string()))
        })?;
        let listening = Listening::bind(&parsed, settings.config()).map_err(failed)?;
        let bound = self.lock().reactor.listen_with(listening, settings).map_err(failed)?;
        Ok(bound.to_string())
    }

    /// The descriptor that becomes readable when `turn` has something to do.
    fn fileno(&self) -> i32 {
        self.lock().reactor.poll_fd()
    }

    /// Serves everything that is ready.
    fn turn(slf: &Bound<'_, Self>) -> PyResult<()> {
        super::turn::turn(slf)
    }

    /// The timer of the loop has rung.
    fn ring(slf: &Bound<'_, Self>) -> PyResult<()> {
        slf.get().lock().armed = None;
        super::turn::turn(slf)
    }

    /// Accepts nothing new, and lets connections end.
    fn drain(slf: &Bound<'_, Self>) -> PyResult<()> {
        let this = slf.get();
        {
            let mut state = this.lock();
            let now = state.now();
            state.reactor.drain(&now);
        }
        super::turn::turn(slf)
    }

    /// Closes everything at once; handlers are cancelled.
    fn abort(slf: &Bound<'_, Self>) -> PyResult<()> {
        slf.get().lock().reactor.abort();
        super::turn::turn(slf)
    }

    /// Whether all have left, and nobody waits to come in.
    fn is_drained(&self) -> bool {
        self.lock().reactor.is_drained()
    }

    /// How many connections there are.
    fn __len__(&self) -> usize {
        self.lock().reactor.len()
    }
}

impl Server {
    /// The lock; see the head of `bindings` for what must not happen under it.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn route(&self, path: &[u8]) -> Option<&Arc<Route>> {
        self.router.find(path)
    }

    pub(super) fn create_future(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.helpers.create_future.call0(py)
    }

    /// Has the loop call `turn` in its next round.
    pub(super) fn schedule(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let turn = slf.getattr(pyo3::intern!(py, "turn"))?;
        slf.get().helpers.call_soon.call1(py, (turn,))?;
        Ok(())
    }

    /// The object of a connection (`request.server`), made when it is first asked for.
    pub(super) fn connection_object<'py>(
        slf: &Bound<'py, Self>,
        id: ConnectionId,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        if let Some(object) = slf.get().lock().contexts.get(&id) {
            return Ok(object.bind(py).clone());
        }
        let client = client(slf.get().lock().reactor.peer(id));
        let object = slf.get().helpers.connection.bind(py).call1((client,))?;
        let mut state = slf.get().lock();
        // Of a connection that is gone nobody would take it away again.
        if state.reactor.peek(id).is_some_and(|connection| !connection.is_closed()) {
            state.contexts.insert(id, object.clone().unbind());
        }
        Ok(object)
    }

    /// The context of a connection.
    pub(super) fn context<'py>(
        slf: &Bound<'py, Self>,
        id: ConnectionId,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::connection_object(slf, id)?.getattr(pyo3::intern!(slf.py(), "context"))
    }
}

fn settings(options: &Bound<'_, PyDict>) -> PyResult<Arc<Settings>> {
    let settings = Settings::new(options::config(options)?);
    settings.map(Arc::new).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn cannot_listen(address: &str, error: &io::Error) -> PyErr {
    let text = format!("cannot listen on {address}: {error}");
    match error.raw_os_error() {
        // Python makes a `PermissionError` of the number, if it is that.
        Some(number) => PyOSError::new_err((number, text)),
        None => PyOSError::new_err(text),
    }
}

/// The address of a peer as Python has it: text and port, or nothing for a Unix socket.
pub(super) fn client(peer: Option<Peer>) -> Option<(String, u16)> {
    let address = peer?.address()?;
    Some((address.ip().to_string(), address.port()))
}
