//! The Python class `Server`: a host and its routes. Listens, serves turns, and shuts down.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_net::{ConnectionLimit, Counters, Stats};

use super::access_log::AccessLogger;
use super::hooks::{Level, PythonHooks};
use super::host::Host;
use super::listener;
use super::routes::Routes;
use super::turn;
use crate::reactor::Reactor;

/// The engine's side of a running application; made by `Application.run`.
#[pyclass(frozen, extends = Host, name = "Server", module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct App {
    routes: Arc<Routes>,
    counters: Arc<Counters>,
}

// Python aligns its objects to 16 bytes.
const _: () = assert!(align_of::<App>() <= 16);

#[pymethods]
impl App {
    /// `hooks` is a `tremolo._interfaces.PythonHooks`. `draft` is a
    /// `tremolo._interfaces.Draft`.
    #[new]
    fn new(
        r#loop: &Bound<'_, PyAny>,
        hooks: &Bound<'_, PyAny>,
        draft: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let settings = Arc::new(listener::settings(options)?);
        let routes = Arc::new(Routes::new(draft)?);
        let limit = ConnectionLimit::new(settings.config(), 1);
        let mut reactor = Reactor::new(Arc::clone(&settings), limit.connections)?;
        let counters = Arc::new(Counters::default());
        reactor.count(Arc::clone(&counters), Instant::now);
        let hooks = PythonHooks::new(r#loop, hooks)?;
        if limit.is_tight() {
            hooks.log(r#loop.py(), Level::Warning, &limit.to_string(), None)?;
        }
        for warning in &routes.warnings {
            hooks.log(r#loop.py(), Level::Warning, warning, None)?;
        }
        let access = AccessLogger::new(settings.config(), Arc::clone(&counters))?;
        let host = Host::new(reactor, settings, (hooks, access), Arc::clone(&routes) as _);
        Ok(PyClassInitializer::from(host).add_subclass(Self { routes, counters }))
    }

    /// Listens on an address, or takes connections from a socket that listens already, given by its
    /// descriptor; perhaps with options other than the server's. Returns the address, with the port
    /// that the system has chosen.
    #[pyo3(signature = (address, options=None))]
    fn listen(
        slf: &Bound<'_, Self>,
        address: &Bound<'_, PyAny>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<String> {
        let host = slf.as_super().get();
        let settings = match options {
            Some(options) => Arc::new(listener::settings(options)?.counting_with(&host.settings)),
            None => Arc::clone(&host.settings),
        };
        let listening = match address.extract::<&str>() {
            Ok(address) => listener::bind(address, &settings)?,
            Err(_) => listener::adopt(address.extract()?)?,
        };
        let is_encrypted = settings.config().is_tls();
        let bound = host.lock().reactor.listen_with(listening, settings);
        let bound = bound.map_err(|error| listener::cannot_listen(&address.to_string(), &error))?;
        Ok(bound.url(is_encrypted))
    }

    /// Calls `hooks.opened` with each new connection, which is not served before it is released.
    fn report_opened(slf: &Bound<'_, Self>) {
        slf.as_super().get().lock().reactor.report_opened();
    }

    /// The descriptor that becomes readable when `turn` has something to do.
    fn fileno(slf: &Bound<'_, Self>) -> i32 {
        slf.as_super().get().lock().reactor.poll_fd()
    }

    /// Serves everything that is ready.
    fn turn(slf: &Bound<'_, Self>) -> PyResult<()> {
        turn::turn(slf.as_super(), &slf.get().routes)
    }

    /// The timer of the loop has expired.
    fn on_timer(slf: &Bound<'_, Self>) -> PyResult<()> {
        slf.as_super().get().lock().armed = None;
        Self::turn(slf)
    }

    /// Accepts no more connections from now on, also none that wait: another process has the same
    /// sockets, and accepts them. Open connections go on.
    fn stop_accepting(slf: &Bound<'_, Self>) {
        slf.as_super().get().lock().reactor.stop_accepting();
    }

    /// The number of requests that this process has received.
    #[getter]
    fn requests(&self) -> u64 {
        self.counters.own_requests()
    }

    /// Accepts no new connections, and lets open ones finish.
    fn drain(slf: &Bound<'_, Self>) -> PyResult<()> {
        {
            let mut state = slf.as_super().get().lock();
            let now = state.now();
            state.reactor.drain(&now);
        }
        Self::turn(slf)
    }

    /// The descriptors of the listening sockets, in the order of `listen`.
    fn descriptors(slf: &Bound<'_, Self>) -> Vec<i32> {
        slf.as_super().get().lock().reactor.listening_descriptors()
    }

    /// The next process has the listening sockets as well: call this before `drain`.
    fn hand_over(slf: &Bound<'_, Self>) {
        slf.as_super().get().lock().reactor.hand_over();
    }

    /// The number of requests that are not complete.
    fn unfinished(slf: &Bound<'_, Self>) -> usize {
        slf.as_super().get().lock().reactor.unfinished()
    }

    /// Closes all connections at once; handlers are cancelled.
    fn abort(slf: &Bound<'_, Self>) -> PyResult<()> {
        slf.as_super().get().lock().reactor.abort();
        Self::turn(slf)
    }

    /// Reads the files of TLS again. Returns what is wrong with those that cannot be used.
    fn reload_certificates(slf: &Bound<'_, Self>) -> Vec<String> {
        let errors = slf.as_super().get().lock().reactor.reload_certificates();
        errors.iter().map(ToString::to_string).collect()
    }

    /// Whether a drain is done: no connection is open, and the listeners are closed.
    fn is_drained(slf: &Bound<'_, Self>) -> bool {
        slf.as_super().get().lock().reactor.is_drained()
    }

    /// The numbers of this process, in the order of `Stats`.
    fn numbers(&self) -> Vec<u64> {
        self.counters.stats().numbers().to_vec()
    }

    /// Continues the numbers of a process that has ended.
    #[expect(clippy::needless_pass_by_value, reason = "Python gives a list")]
    fn continue_numbers(&self, numbers: Vec<u64>) {
        self.counters.continue_from(&Stats::from_numbers(&numbers));
    }

    /// Writes the lines that are kept for the file of the access log.
    fn flush_access_log(slf: &Bound<'_, Self>) -> PyResult<()> {
        let host = slf.as_super().get();
        host.access.flush(slf.py(), &host.hooks)
    }

    /// Opens the file of the access log anew, after it was renamed.
    fn reopen_access_log(slf: &Bound<'_, Self>) -> PyResult<()> {
        let host = slf.as_super().get();
        host.access.reopen(slf.py(), &host.hooks)
    }

    /// A plain handler has waited so many seconds for a thread.
    fn note_wait(&self, seconds: f64) {
        self.counters.waited(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    }

    /// The number of connections.
    fn __len__(slf: &Bound<'_, Self>) -> usize {
        slf.as_super().get().lock().reactor.len()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.routes.traverse(&visit)
    }

    /// The base class clears the state. Python inherits that only with `__traverse__`.
    #[expect(clippy::unused_self, reason = "the signature is Python's")]
    fn __clear__(&self) {}
}
