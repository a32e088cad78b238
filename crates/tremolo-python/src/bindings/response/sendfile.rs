//! `response.sendfile`: one file as the answer. What of it is asked for is the engine's business,
//! how it is opened that of `tremolo-files`.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::representation::Refusal;
use tremolo_core::{Connection, Error, Now};
use tremolo_files::{OpenError, OpenFile, ServedFile};

use super::Response;
use super::head::latin1;
use crate::bindings::awaitable::{Inner, Operation};
use crate::bindings::cold::{Cold, Job};
use crate::bindings::errors;
use crate::bindings::exchange::Attempt;
use crate::bindings::late::Late;
use crate::bindings::request::Request;

/// An open file to be said, which may have to wait for room.
#[derive(Debug)]
pub(in crate::bindings) struct Sending {
    request: Py<Request>,
    file: ServedFile,
    terms: Terms,
}

/// How a file is sent.
#[derive(Clone, Debug, Default)]
pub(in crate::bindings) struct Terms {
    pub(in crate::bindings) content_type: Vec<u8>,
    /// Fields that belong to it.
    pub(in crate::bindings) fields: Vec<(&'static str, String)>,
    pub(in crate::bindings) rate: Option<u64>,
}

impl Terms {
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

impl Sending {
    pub(in crate::bindings) fn of(
        request: &Bound<'_, Request>,
        file: ServedFile,
        terms: Terms,
    ) -> Inner {
        let request = request.clone().unbind();
        Inner::Sending(Box::new(Self { request, file, terms }))
    }

    pub(in crate::bindings) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)
    }

    pub(in crate::bindings) fn attempt(
        &self,
        py: Python<'_>,
    ) -> PyResult<Attempt<Option<Py<PyAny>>>> {
        let request = self.request.get();
        request.store_headers(py)?;
        let mut refused = None;
        let say = |connection: &mut Connection, now: &Now| {
            self.terms.apply(connection)?;
            refused = self.file.send(connection, now)?;
            Ok(())
        };
        match request.exchange.say(request.server.bind(py), say)? {
            Attempt::Wait(future) => Ok(Attempt::Wait(future)),
            Attempt::Done(()) => match refused {
                None => Ok(Attempt::Done(None)),
                Some(Refusal { status, fields }) => {
                    Err(errors::refused(py, status.as_u16(), &fields))
                }
            },
        }
    }
}

/// A file to be opened and sent.
#[derive(Debug)]
pub(in crate::bindings) struct Opening {
    request: Py<Request>,
    path: PathBuf,
    slice: (u64, Option<u64>),
    terms: Terms,
    executor: Option<Py<PyAny>>,
}

impl Opening {
    /// Opens it if that needs no disk, else on a thread; gives what is left to do.
    pub(in crate::bindings) fn open(&mut self, py: Python<'_>) -> PyResult<Inner> {
        match OpenFile::open_cached(&self.path) {
            Err(OpenError::WouldBlock) => {
                let job = ColdFile {
                    request: self.request.clone_ref(py),
                    path: std::mem::take(&mut self.path),
                    slice: self.slice,
                    terms: std::mem::take(&mut self.terms),
                    opened: Err(OpenError::WouldBlock),
                };
                let server = self.request.get().server.bind(py);
                Cold::start(server, Box::new(job), self.executor.as_ref())
            }
            Err(error) => Err(errors::not_opened(py, error, &self.path)),
            Ok(file) => {
                let served = ServedFile::new(file, self.slice.0, self.slice.1);
                Ok(Sending::of(self.request.bind(py), served, std::mem::take(&mut self.terms)))
            }
        }
    }

    pub(in crate::bindings) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.request)?;
        visit.call(&self.executor)
    }
}

/// A file that is not known without waiting for a disk.
struct ColdFile {
    request: Py<Request>,
    path: PathBuf,
    slice: (u64, Option<u64>),
    terms: Terms,
    opened: Result<OpenFile, OpenError>,
}

impl Job for ColdFile {
    fn run(&mut self) {
        self.opened = OpenFile::open(&self.path);
    }

    fn go_on(self: Box<Self>, py: Python<'_>) -> PyResult<Inner> {
        let file = self.opened.map_err(|error| errors::not_opened(py, error, &self.path))?;
        let (offset, count) = self.slice;
        let served = ServedFile::new(file, offset, count);
        Ok(Sending::of(self.request.bind(py), served, self.terms))
    }
}

#[pymethods]
impl Response {
    /// Answers with a file: whole, or the part of it that the request asks for, or with 304 if
    /// the client has it already. Then the response is over.
    ///
    /// `offset` and `count` choose a slice, which ends with the file at the latest; a negative
    /// count is all of it. `rate` is that of `write`. A file that must be waited for is opened on
    /// `executor`: one of `concurrent.futures`, or what has a `submit` that gives an awaitable;
    /// without one, on threads that the server has for files. It leaves in pieces that fit: the
    /// `buffer_size` is taken and changes nothing.
    ///
    /// No such file is a `NotFound` that is a `FileNotFoundError` too; one that may not be read,
    /// a `Forbidden` and `PermissionError`. A condition of the request that does not hold is a
    /// `PreconditionFailed`, a range outside of the file a `RangeNotSatisfiable`.
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
        let opening = || {
            let (offset, count) = (offset.get(py, "offset")?, count.get(py, "count")?);
            let content_type = content_type.map(latin1).transpose()?;
            let content_type = content_type.unwrap_or_else(|| b"application/octet-stream".to_vec());
            let rate = u64::try_from(rate.get(py, "rate")?).ok();
            Ok(Inner::Opening(Box::new(Opening {
                request: self.request.clone_ref(py),
                path: path_of(path)?,
                slice: (u64::try_from(offset).unwrap_or(0), u64::try_from(count).ok()),
                terms: Terms { content_type, fields: Vec::new(), rate },
                executor: executor.map(|executor| executor.clone().unbind()),
            })))
        };
        Operation::create(py, "Response.sendfile", opening())
    }
}

/// A path as Python has them: text, bytes, or what has `__fspath__`. Names need not be UTF-8.
pub(in crate::bindings) fn path_of(path: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    if path.cast::<PyString>().is_ok() {
        return Ok(path.extract::<OsString>()?.into());
    }
    let plain = path.py().import("os")?.call_method1("fspath", (path,))?;
    if let Ok(bytes) = plain.cast::<PyBytes>() {
        return Ok(OsString::from_vec(bytes.as_bytes().to_vec()).into());
    }
    Ok(plain.extract::<OsString>()?.into())
}

/// What an exception names: as `os.fsdecode` does.
pub(in crate::bindings) fn name_of<'py>(
    py: Python<'py>,
    path: &std::path::Path,
) -> Bound<'py, PyAny> {
    let bytes = PyBytes::new(py, path.as_os_str().as_bytes());
    let decoded = py.import("os").and_then(|os| os.call_method1("fsdecode", (&bytes,)));
    decoded.unwrap_or_else(|_| bytes.into_any())
}
