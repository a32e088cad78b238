//! `response.sendfile`: responds with a file. The engine decides which part is requested, and
//! `tremolo-files` opens the file.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::representation::Refusal;
use tremolo_core::{Exchange, Now};
use tremolo_files::{FileHead, OpenError, OpenFile, ServedFile};

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
}

impl SendFileOp {
    pub(in crate::bindings) fn start(
        request: &Bound<'_, Request>,
        file: ServedFile,
        head: FileHead,
    ) -> Pending {
        awaitable::pending(Self { request: request.clone().unbind(), file, head })
    }
}

impl Attempting for SendFileOp {
    fn attempt(&mut self, py: Python<'_>) -> PyResult<Attempt<Object>> {
        let request = self.request.get();
        request.store_headers(py)?;
        let mut refused = None;
        let write = |exchange: &mut Exchange<'_>, now: &Now| {
            self.head.apply(exchange)?;
            refused = self.file.send(exchange, now)?;
            Ok(())
        };
        match request.exchange.write(request.host.bind(py), write)? {
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
                head: FileHead { content_type: content_type.into(), rate, ..FileHead::default() },
                executor: executor.map(|executor| executor.clone().unbind()),
                rest: None,
            }))
        };
        Operation::create(py, "Response.sendfile", operation())
    }
}
