//! Listening sockets: the Python class `Listener`, with which a supervisor listens for its workers,
//! and the listener of a server.
//!
//! A supervisor keeps the socket of each worker. So the connections that wait in it outlive a worker
//! that ends, and the next one accepts them.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tremolo_core::Settings;
use tremolo_net::{AccessFormat, InvalidAddress, ListenAddress, Listening, duplicate};
use tremolo_tls::TlsContext;

use super::options;

/// A listening socket that a worker is given; `close` closes it in this process.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Listener {
    settings: Arc<Settings>,
    address: ListenAddress,
    listening: Mutex<Option<Listening>>,
}

#[pymethods]
impl Listener {
    /// Listens on an address.
    #[new]
    fn new(address: &str, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let settings = Arc::new(settings(options)?);
        // A worker loads the files again: here their faults are noticed before anything starts.
        TlsContext::load(settings.config())
            .map_err(|error| cannot_listen(address, &io::Error::other(error)))?;
        let listening = Mutex::new(Some(bind(address, &settings)?));
        Ok(Self { settings, address: parse(address)?, listening })
    }

    /// A listener on the same address for one more worker.
    fn another(&self) -> PyResult<Self> {
        let (settings, address) = (Arc::clone(&self.settings), self.address.clone());
        let listening = match &*self.lock() {
            Some(listening) => listening.for_another_worker(&address, settings.config())?,
            None => return Err(closed()),
        };
        Ok(Self { settings, address, listening: Mutex::new(Some(listening)) })
    }

    /// The address, with the port that the system has chosen.
    #[getter]
    fn address(&self) -> PyResult<String> {
        let listening = self.lock();
        let address = listening.as_ref().ok_or_else(closed)?.address()?;
        Ok(address.url(self.settings.config().is_tls()))
    }

    /// The descriptor of the socket; -1 once it is closed.
    fn fileno(&self) -> i32 {
        match &*self.lock() {
            Some(Listening::Tcp(socket, _)) => socket.as_raw_fd(),
            Some(Listening::Unix(_, socket)) => socket.as_raw_fd(),
            None => -1,
        }
    }

    /// Holds back new connections: call this before the socket is closed in all processes.
    fn hold_back(&self) {
        if let Some(listening) = &*self.lock() {
            listening.hold_back();
        }
    }

    /// The next process has the socket as well: it is not held back, and its file remains.
    fn hand_over(&self) {
        if let Some(listening) = &*self.lock() {
            listening.hand_over();
        }
    }

    /// Closes the socket in this process. The file of a Unix socket is removed with the last
    /// listener of the process that has bound it.
    fn close(&self) {
        self.lock().take();
    }
}

impl Listener {
    fn lock(&self) -> MutexGuard<'_, Option<Listening>> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The settings for options of Python.
pub(super) fn settings(options: &Bound<'_, PyDict>) -> PyResult<Settings> {
    let settings = Settings::new(options::config(options)?);
    let settings = settings.map_err(|error| PyValueError::new_err(error.to_string()))?;
    AccessFormat::of(settings.config())
        .map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(settings.with_codecs(&tremolo_coding::Standard).with_html_pages())
}

/// single_addresses(address)
///
/// The addresses of single sockets: `systemd://` stands for several, any other for itself.
#[pyfunction]
pub(super) fn single_addresses(address: &str) -> PyResult<Vec<String>> {
    let Ok(listen @ ListenAddress::Systemd(_)) = address.parse() else {
        return Ok(vec![address.to_owned()]);
    };
    let all = listen.expand().map_err(|error| cannot_listen(address, &error))?;
    Ok(all.iter().map(ToString::to_string).collect())
}

pub(super) fn parse(address: &str) -> PyResult<ListenAddress> {
    address.parse().map_err(|error: InvalidAddress| {
        let unreachable = rustix::io::Errno::ADDRNOTAVAIL.raw_os_error();
        PyOSError::new_err((unreachable, error.to_string()))
    })
}

/// Listens on an address.
pub(super) fn bind(address: &str, settings: &Settings) -> PyResult<Listening> {
    Listening::bind(&parse(address)?, settings.config())
        .map_err(|error| cannot_listen(address, &error))
}

/// A duplicate of a socket that listens already.
pub(super) fn adopt(descriptor: RawFd) -> PyResult<Listening> {
    let adopted = duplicate(descriptor).and_then(Listening::adopt);
    adopted.map_err(|error| cannot_listen(&format!("descriptor {descriptor}"), &error))
}

/// The exception for an address that cannot be listened on.
pub(super) fn cannot_listen(address: &str, error: &io::Error) -> PyErr {
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

fn closed() -> PyErr {
    PyValueError::new_err("the listener is closed")
}
