//! `response.sendfile`: responds with a file. The engine decides which part is requested, and
//! `tremolo-files` opens the file.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::representation::Refusal;
use tremolo_core::{Connection, Error, Now};
use tremolo_files::{OpenError, OpenFile, ServedFile};

use super::Response;
use super::head::latin1;
use crate::bindings::awaitable::{self, Attempting, Object, Operation, Pending};
use crate::bindings::blocking_io::{BlockingIo, Job};
use crate::bindings::errors;
use crate::bindings::exchange::Attempt;
use crate::bindings::late::Late;
use crate::bindings::paths::path_of;
use crate::bindings::request::Request;

/// Sends an open file; it may have to wait for room in the transmit queue.
#[derive(Debug)]
pub(in crate::bindings) struct SendFileOp {
    request: Py<Request>,
    file: ServedFile,
    head: FileHead,
    /// Whether the head was set before middleware ran, which may have changed it.
    is_head_set: bool,
}

/// The head of a response with a file, and its rate.
#[derive(Clone, Debug, Default)]
pub(in crate::bindings) struct FileHead {
    pub(in crate::bindings) content_type: Vec<u8>,
    /// Other fields.
    pub(in crate::bindings) fields: Vec<(&'static str, String)>,
    pub(in crate::bindings) rate: Option<u64>,
}

impl FileHead {
    fn apply(&self, connection: &mut Connection) -> Result<(), Error> {
        if let Some(rate) = self.rate {
            connection.set_rate(rate)?;
        }
        if !connection.is_head_sent() {
            let head = connection.response_mut()?;
            head.set_content_type(&self.content_type)?;
            for (name, value) in &self.fields {
                head.set(name.as_bytes(), value.as_bytes())?;
            }
        }
        Ok(())
    }
}

impl SendFileOp {
    pub(in crate::bindings) fn start(
        request: &Bound<'_, Request>,
        file: ServedFile,
        head: FileHead,
    ) -> Pending {
        let request = request.clone().unbind();
        awaitable::pending(Self { request, file, head, is_head_set: false })
    }
}

impl Attempting for SendFileOp {
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        let request = self.request.get();
        let host = request.host.bind(py);
        request.store_headers(py)?;
        if let Some(middleware) = Request::before_head(self.request.bind(py), false)? {
            request.exchange.act(host, |connection, _| self.head.apply(connection))?;
            request.load_headers(py)?;
            self.is_head_set = true;
            return Ok(Attempt::Wait(middleware.unbind()));
        }
        let mut refused = None;
        let write = |connection: &mut Connection, now: &Now| {
            if !self.is_head_set {
                self.head.apply(connection)?;
            }
            refused = self.file.send(connection, now)?;
            Ok(())
        };
        match request.exchange.write(host, write)? {
            Attempt::Wait(future) => Ok(Attempt::Wait(future)),
            Attempt::Done(()) => match refused {
                None => Ok(Attempt::Done(None)),
                Some(Refusal { status, fields }) => {
                    Err(errors::refused(py, status.as_u16(), &fields))
                }
            },
        }
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)
    }
}

/// Opens a file and sends it.
#[derive(Debug)]
struct OpenFileOp {
    request: Py<Request>,
    path: PathBuf,
    slice: (u64, Option<u64>),
    head: FileHead,
    executor: Object,
    /// The rest of the operation, once the file is open or being opened.
    rest: Option<Pending>,
}

impl OpenFileOp {
    /// Opens the file if that needs no disk, else on a thread. Returns the rest of the operation.
    fn open(&mut self, py: Python<'_>) -> PyResult<Pending> {
        match OpenFile::open_cached(&self.path) {
            Err(OpenError::WouldBlock) => {
                let job = OpenFileJob {
                    request: self.request.clone_ref(py),
                    path: std::mem::take(&mut self.path),
                    slice: self.slice,
                    head: std::mem::take(&mut self.head),
                    opened: Err(OpenError::WouldBlock),
                };
                let host = self.request.get().host.bind(py);
                BlockingIo::start(host, Box::new(job), self.executor.as_ref())
            }
            Err(error) => Err(errors::not_opened(py, error, &self.path)),
            Ok(file) => {
                let served = ServedFile::new(file, self.slice.0, self.slice.1);
                Ok(SendFileOp::start(self.request.bind(py), served, std::mem::take(&mut self.head)))
            }
        }
    }
}

impl Attempting for OpenFileOp {
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        let mut rest = match self.rest.take() {
            Some(rest) => rest,
            None => self.open(py)?,
        };
        let attempt = rest.attempt(py);
        self.rest = Some(rest);
        attempt
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)?;
        visit.call(&self.executor)?;
        self.rest.as_ref().map_or(Ok(()), |rest| rest.traverse(visit))
    }
}

/// Opens a file on a thread.
struct OpenFileJob {
    request: Py<Request>,
    path: PathBuf,
    slice: (u64, Option<u64>),
    head: FileHead,
    opened: Result<OpenFile, OpenError>,
}

impl Job for OpenFileJob {
    fn run(&mut self) {
        self.opened = OpenFile::open(&self.path);
    }

    fn finish(self: Box<Self>, py: Python<'_>) -> PyResult<Pending> {
        let file = self.opened.map_err(|error| errors::not_opened(py, error, &self.path))?;
        let (offset, count) = self.slice;
        let served = ServedFile::new(file, offset, count);
        Ok(SendFileOp::start(self.request.bind(py), served, self.head))
    }
}

#[pymethods]
impl Response {
    /// Responds with a file: whole, or the requested part, or 304 if the client has it already.
    /// Ends the response.
    ///
    /// `offset` and `count` choose a slice, which ends with the file at the latest; a negative
    /// count is the whole rest. `rate` is that of `write`. If opening has to wait for a disk, it
    /// runs on `executor`: one of `concurrent.futures`, or an object whose `submit` returns an
    /// awaitable; without one, on threads of the server. `buffer_size` is accepted and ignored.
    ///
    /// A missing file raises a `NotFound` that is a `FileNotFoundError` too; an unreadable one a
    /// `Forbidden` and `PermissionError`; a condition of the request that does not hold a
    /// `PreconditionFailed`; a range outside of the file a `RangeNotSatisfiable`.
    #[expect(clippy::too_many_arguments, reason = "the signature is the original's")]
    #[pyo3(
        signature = (path, offset=Late::of(0), count=Late::of(-1), buffer_size=None,
                     content_type=None, executor=None, *, rate=Late::of(-1), **_options),
        text_signature = "($self, path, offset=0, count=-1, buffer_size=16384, \
                          content_type=None, executor=None, *, rate=-1, **_options)"
    )]
    fn sendfile<'py>(
        &self,
        py: Python<'py>,
        path: &Bound<'py, PyAny>,
        offset: Late<i64>,
        count: Late<i64>,
        buffer_size: Option<&Bound<'py, PyAny>>,
        content_type: Option<&Bound<'py, PyAny>>,
        executor: Option<&Bound<'py, PyAny>>,
        rate: Late<i64>,
        _options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = buffer_size;
        let operation = || {
            let (offset, count) = (offset.get(py, "offset")?, count.get(py, "count")?);
            let content_type = content_type.map(latin1).transpose()?;
            let content_type = content_type.unwrap_or_else(|| b"application/octet-stream".to_vec());
            let rate = u64::try_from(rate.get(py, "rate")?).ok();
            Ok(awaitable::pending(OpenFileOp {
                request: self.request.clone_ref(py),
                path: path_of(path)?,
                slice: (u64::try_from(offset).unwrap_or(0), u64::try_from(count).ok()),
                head: FileHead { content_type, fields: Vec::new(), rate },
                executor: executor.map(|executor| executor.clone().unbind()),
                rest: None,
            }))
        };
        Operation::create(py, "Response.sendfile", operation())
    }
}
