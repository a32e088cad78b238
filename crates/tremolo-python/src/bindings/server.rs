//! The server of one event loop: the reactor, the routes, and what is called in Python.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict, PyList};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::http1::request::RequestHead;
use tremolo_core::routing::{RouteError, RouteTable, Router, Unserved};
use tremolo_core::{Connection, Settings};
use tremolo_net::{ConnectionLimit, InvalidAddress, Listening, Peer};

use super::handle::Handle;
use super::options;
use super::route::{Kind, Route};
use super::state::State;
use crate::ffi;
use crate::reactor::{ConnectionId, Reactor, Waker};

/// The engine's side of a running application; made by `Application.run`.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Server {
    state: Mutex<State>,
    pub(super) settings: Arc<Settings>,
    router: Router<Arc<Route>>,
    /// All that the router has, for who looks for references.
    routes: Box<[Arc<Route>]>,
    pub(super) helpers: Helpers,
    waker: Waker,
    /// The thread of the loop.
    home: usize,
}

/// How the loop learns that something was said; follow it without the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Told {
    /// It knows.
    Already,
    /// It calls `turn` in its next round.
    Soon,
    /// It is woken: this is another thread.
    Woken,
}

impl Told {
    pub(super) fn follow(self, server: &Bound<'_, Server>) -> PyResult<()> {
        match self {
            Self::Already => Ok(()),
            Self::Soon => Server::schedule(server),
            Self::Woken => Ok(server.get().waker.wake()?),
        }
    }
}

// Python aligns its objects to 16 bytes.
const _: () = assert!(align_of::<Server>() <= 16);

/// What is called in Python: of the loop, and of the package.
#[derive(Debug)]
pub(super) struct Helpers {
    call_soon: Py<PyAny>,
    pub(super) call_later: Py<PyAny>,
    create_future: Py<PyAny>,
    /// What the server runs in: no handler's, whoever it was that said something.
    pub(super) context: Py<PyAny>,
    /// Starts a coroutine as a task whose first step has run when it returns.
    pub(super) start: Py<PyAny>,
    pub(super) current_task: Py<PyAny>,
    /// Turns an exception into an answer, or a coroutine that gives one.
    pub(super) failure: Py<PyAny>,
    /// Sends what a generator gives that a handler has returned.
    pub(super) pump: Py<PyAny>,
    /// What a coroutine returns that has sent a stream to its end.
    pub(super) end: Py<PyAny>,
    /// The type of what answers an exception.
    pub(super) answer: Py<PyAny>,
    /// What an exception handed to a response by itself is answered with.
    pub(super) handle_exception: Py<PyAny>,
    pub(super) headers: Py<PyAny>,
    pub(super) header: Py<PyAny>,
    pub(super) response_headers: Py<PyAny>,
    pub(super) request_context: Py<PyAny>,
    pub(super) connection: Py<PyAny>,
    pub(super) uid: Py<PyAny>,
    pub(super) form: Py<PyAny>,
    pub(super) files: Py<PyAny>,
    pub(super) redirect: Py<PyAny>,
    /// Does on a thread what has to wait for a disk.
    pub(super) wait_for_disk: Py<PyAny>,
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
            context: ffi::copy_context(loop_.py())?.unbind(),
            start: of_support("start")?,
            current_task: of_support("current_task")?,
            failure: of_support("failure")?,
            pump: of_support("pump")?,
            end: of_support("end")?,
            answer: of_support("answer")?,
            handle_exception: of_support("handle_exception")?,
            headers: of_support("headers")?,
            header: of_support("header")?,
            response_headers: of_support("response_headers")?,
            request_context: of_support("request_context")?,
            connection: of_support("connection")?,
            uid: of_support("uid")?,
            form: of_support("form")?,
            files: of_support("files")?,
            redirect: of_support("redirect")?,
            wait_for_disk: of_support("wait_for_disk")?,
            logger: of_support("logger")?,
        })
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        let of_loop = [&self.call_soon, &self.call_later, &self.create_future, &self.start];
        let of_support = [
            &self.context,
            &self.failure,
            &self.connection,
            &self.handle_exception,
            &self.wait_for_disk,
            &self.logger,
        ];
        // The rest are functions and classes of the package: they hold nothing of an application.
        of_loop.into_iter().chain(of_support).try_for_each(|object| visit.call(object))
    }
}

#[pymethods]
impl Server {
    /// `routes` are pairs of a path and a `tremolo._handlers.Handler`; of a folder, the path is a
    /// prefix.
    #[new]
    fn new(
        r#loop: &Bound<'_, PyAny>,
        support: &Bound<'_, PyAny>,
        routes: &Bound<'_, PyList>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        let settings = settings(options)?;
        let unusable = |error: RouteError| PyValueError::new_err(error.to_string());
        let (mut table, mut all) = (RouteTable::default(), Vec::with_capacity(routes.len()));
        for pair in routes {
            let (path, handler): (String, Bound<'_, PyAny>) = pair.extract()?;
            let route = Arc::new(Route::new(&handler)?);
            all.push(Arc::clone(&route));
            let added = match route.kind {
                Kind::Folder(_) => table.add_prefix(&path, route),
                _ => table.add(&path, route).map(drop),
            };
            added.map_err(unusable)?;
        }
        let router = table.compile().map_err(unusable)?;
        let limit = ConnectionLimit::new(settings.config(), 1);
        let reactor = Reactor::new(Arc::clone(&settings), limit.connections)?;
        let helpers = Helpers::new(r#loop, support)?;
        if limit.is_tight() {
            let logger = helpers.logger.bind(r#loop.py());
            logger.call_method1("warning", (limit.to_string(),))?;
        }
        let (waker, home) = (reactor.waker(), this_thread());
        let state = Mutex::new(State::new(reactor));
        Ok(Self { state, settings, router, routes: all.into(), helpers, waker, home })
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

    /// The lock is not waited for: who holds it runs no Python, and collects nothing.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.helpers.traverse(&visit)?;
        for route in &self.routes {
            route.traverse(&visit)?;
        }
        match self.state.try_lock() {
            Ok(state) => state.traverse(&visit),
            Err(_) => Ok(()),
        }
    }

    fn __clear__(&self) {
        let held = self.state.try_lock().map(|mut state| state.release());
        drop(held);
    }
}

impl Server {
    /// The lock; see the head of `bindings` for what must not happen under it.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is the thread of the loop.
    pub(super) fn is_home(&self) -> bool {
        this_thread() == self.home
    }

    /// Something was said to a connection, by whichever thread.
    pub(super) fn tell(&self, state: &mut State) -> Told {
        if !self.is_home() {
            Told::Woken
        } else if state.in_turn() || std::mem::replace(&mut state.scheduled, true) {
            Told::Already
        } else {
            Told::Soon
        }
    }

    /// What serves a request, and how many bytes of its path are behind the prefix of that.
    pub(super) fn route(&self, head: &RequestHead) -> Result<(&Arc<Route>, usize), Unserved> {
        let found = self.router.route(head)?;
        Ok((found.target, found.rest.map_or(0, <[u8]>::len)))
    }

    pub(super) fn create_future(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.helpers.create_future.call0(py)
    }

    /// Has the loop call `turn` in its next round.
    pub(super) fn schedule(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let turn = slf.getattr(pyo3::intern!(py, "turn"))?;
        let helpers = &slf.get().helpers;
        let context = [("context", &helpers.context)].into_py_dict(py)?;
        helpers.call_soon.call(py, (turn,), Some(&context))?;
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
        let handle = Handle::new(slf, id);
        let object = slf.get().helpers.connection.bind(py).call1((client, handle))?;
        let closed = {
            let mut state = slf.get().lock();
            // Another thread may have been faster.
            if let Some(object) = state.contexts.get(&id) {
                return Ok(object.bind(py).clone());
            }
            let connection = state.reactor.peek(id);
            let closed = connection.is_none_or(Connection::is_closed);
            // Of one that is over nobody would take it away again.
            if connection.is_some_and(|connection| !connection.is_drained()) {
                state.contexts.insert(id, object.clone().unbind());
            }
            closed
        };
        if closed {
            object.call_method0(pyo3::intern!(py, "_closed"))?;
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

/// A number that no other running thread has.
fn this_thread() -> usize {
    thread_local!(static MARK: u8 = const { 0 });
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}

fn settings(options: &Bound<'_, PyDict>) -> PyResult<Arc<Settings>> {
    let settings = Settings::new(options::config(options)?);
    settings.map(Arc::new).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn cannot_listen(address: &str, error: &io::Error) -> PyErr {
    let text = format!("cannot listen on {address}: {error}");
    let in_use = || {
        let is_in_use = error.kind() == io::ErrorKind::AddrInUse;
        is_in_use.then(|| rustix::io::Errno::ADDRINUSE.raw_os_error())
    };
    match error.raw_os_error().or_else(in_use) {
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
