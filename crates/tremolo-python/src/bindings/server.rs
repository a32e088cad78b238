//! The Python class `Server`: a host and its routes. Listens, serves turns, and shuts down.

use std::io;
use std::sync::Arc;

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::Settings;
use tremolo_net::{ConnectionLimit, InvalidAddress, Listening};

use super::hooks::{Level, PythonHooks};
use super::host::Host;
use super::options;
use super::routes::Routes;
use super::turn;
use crate::reactor::Reactor;

/// The engine's side of a running application; made by `Application.run`.
#[pyclass(frozen, extends = Host, name = "Server", module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct App {
    routes: Arc<Routes>,
}

// Python aligns its objects to 16 bytes.
const _: () = assert!(align_of::<App>() <= 16);

#[pymethods]
impl App {
    /// `hooks` is a `tremolo._interfaces.PythonHooks`. `routes` are pairs of a path and a
    /// `tremolo._handlers.Handler`; for a folder, the path is a prefix.
    #[new]
    fn new(
        r#loop: &Bound<'_, PyAny>,
        hooks: &Bound<'_, PyAny>,
        routes: &Bound<'_, PyList>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let settings = settings(options)?;
        let routes = Arc::new(Routes::new(routes)?);
        let limit = ConnectionLimit::new(settings.config(), 1);
        let reactor = Reactor::new(Arc::clone(&settings), limit.connections)?;
        let hooks = PythonHooks::new(r#loop, hooks)?;
        if limit.is_tight() {
            hooks.log(r#loop.py(), Level::Warning, &limit.to_string(), None)?;
        }
        let host = Host::new(reactor, settings, hooks, Arc::clone(&routes) as _);
        Ok(PyClassInitializer::from(host).add_subclass(Self { routes }))
    }

    /// Listens on an address, perhaps with options other than the server's. Returns the address,
    /// with the port that the system has chosen.
    #[pyo3(signature = (address, options=None))]
    fn listen(
        slf: &Bound<'_, Self>,
        address: &str,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<String> {
        let host = slf.as_super().get();
        let settings = match options {
            Some(options) => settings(options)?,
            None => Arc::clone(&host.settings),
        };
        let failed = |error| cannot_listen(address, &error);
        let parsed = address.parse().map_err(|error: InvalidAddress| {
            let unreachable = rustix::io::Errno::ADDRNOTAVAIL.raw_os_error();
            PyOSError::new_err((unreachable, error.to_string()))
        })?;
        let listening = Listening::bind(&parsed, settings.config()).map_err(failed)?;
        let bound = host.lock().reactor.listen_with(listening, settings).map_err(failed)?;
        Ok(bound.to_string())
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

    /// Accepts no new connections, and lets open ones finish.
    fn drain(slf: &Bound<'_, Self>) -> PyResult<()> {
        {
            let mut state = slf.as_super().get().lock();
            let now = state.now();
            state.reactor.drain(&now);
        }
        Self::turn(slf)
    }

    /// Closes all connections at once; handlers are cancelled.
    fn abort(slf: &Bound<'_, Self>) -> PyResult<()> {
        slf.as_super().get().lock().reactor.abort();
        Self::turn(slf)
    }

    /// Whether a drain is done: no connection is open, and none waits to be accepted.
    fn is_drained(slf: &Bound<'_, Self>) -> bool {
        slf.as_super().get().lock().reactor.is_drained()
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

fn settings(options: &Bound<'_, PyDict>) -> PyResult<Arc<Settings>> {
    let settings = Settings::new(options::config(options)?);
    let settings = settings.map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(Arc::new(settings.with_codecs(&tremolo_coding::Standard)))
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
