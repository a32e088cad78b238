//! Errors of the engine as exceptions of `tremolo.exceptions`.

use std::path::Path;

use pyo3::exceptions::{PyConnectionResetError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::IntoPyDict;
use rustix::io::Errno;
use tremolo_core::Error;
use tremolo_core::content::ContentError;
use tremolo_core::http1::response::FieldList;
use tremolo_core::routing::{NotAllowed, Unserved};
use tremolo_files::OpenError;

use super::paths::name_of;

/// The exception for an error of the engine.
pub(super) fn raise(py: Python<'_>, error: Error) -> PyErr {
    match error {
        Error::Closed(reason) => PyConnectionResetError::new_err(reason.to_string()),
        Error::Peer(fault) => {
            let (code, text) = (fault.status().as_u16(), fault.to_string());
            let exception = match fault.field() {
                Some(field) => with_fields(py, code, &text, &[field]),
                None => http(py, code, &text),
            };
            with_members(py, exception, fault.reason())
        }
        Error::Misuse(misuse) => http(py, 500, &misuse.to_string()),
        error => PyRuntimeError::new_err(error.to_string()),
    }
}

/// `None` instead of the error of a connection that is over.
pub(super) fn unless_gone<T>(py: Python<'_>, acted: PyResult<Option<T>>) -> PyResult<Option<T>> {
    match acted {
        Err(error) if error.is_instance_of::<PyConnectionResetError>(py) => Ok(None),
        acted => acted,
    }
}

/// The exception for a status, with a text.
pub(super) fn http(py: Python<'_>, code: u16, message: &str) -> PyErr {
    static FOR_CODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || -> PyResult<PyErr> {
        let for_code = FOR_CODE.import(py, "tremolo.exceptions", "for_code")?;
        Ok(PyErr::from_value(for_code.call1((code, message))?))
    };
    make().unwrap_or_else(|error| error)
}

/// The exception for content that cannot be decoded, with the field of its response.
pub(super) fn content(py: Python<'_>, error: ContentError) -> PyErr {
    let fields = error.field();
    let exception = with_fields(py, error.status().as_u16(), &error.to_string(), fields.as_slice());
    with_members(py, exception, Some(("field", error.request_field())))
}

/// The same exception with members that its page shows.
fn with_members(
    py: Python<'_>,
    exception: PyErr,
    members: impl IntoIterator<Item = (&'static str, &'static str)>,
) -> PyErr {
    let members: Vec<_> = members.into_iter().collect();
    if members.is_empty() {
        return exception;
    }
    let members = members.into_py_dict(py);
    let set = members.and_then(|members| exception.value(py).setattr("members", members));
    set.err().unwrap_or(exception)
}

/// The exception for a status, with a text and the fields of its response.
pub(super) fn with_fields(
    py: Python<'_>,
    code: u16,
    message: &str,
    fields: &[(&str, &str)],
) -> PyErr {
    let exception = http(py, code, message);
    let options = fields.into_py_dict(py);
    let set = options.and_then(|options| exception.value(py).setattr("options", options));
    set.err().unwrap_or(exception)
}

/// The exception for a file that cannot be opened. It has the path, which the client does not get.
pub(super) fn not_opened(py: Python<'_>, error: OpenError, path: &Path) -> PyErr {
    static NOT_OPENED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || -> PyResult<PyErr> {
        let not_opened = NOT_OPENED.import(py, "tremolo._files", "not_opened")?;
        let arguments = (error.status(), number_of(error), error.to_string(), name_of(py, path));
        Ok(PyErr::from_value(not_opened.call1(arguments)?))
    };
    make().unwrap_or_else(|error| error)
}

/// The exception for a request that is refused, with the fields of its response.
pub(super) fn refused(py: Python<'_>, code: u16, fields: &FieldList) -> PyErr {
    plain(py, code, &fields.iter().collect::<Vec<_>>())
}

/// The exception for a status, without a text of its own.
pub(super) fn plain(py: Python<'_>, code: u16, fields: &[(&[u8], &[u8])]) -> PyErr {
    static PLAIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || -> PyResult<PyErr> {
        let plain = PLAIN.import(py, "tremolo._files", "plain")?;
        Ok(PyErr::from_value(plain.call1((code, fields.to_vec()))?))
    };
    make().unwrap_or_else(|error| error)
}

/// The exception for a handler that has returned an object that cannot be a body; it names both.
pub(super) fn no_body(handler: Option<&Bound<'_, PyAny>>, value: &Bound<'_, PyAny>) -> PyErr {
    static NO_BODY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || -> PyResult<PyErr> {
        let no_body = NO_BODY.import(value.py(), "tremolo._failures", "no_body")?;
        Ok(PyErr::from_value(no_body.call1((handler, value))?))
    };
    make().unwrap_or_else(|error| error)
}

/// The `errno` of an error.
pub(super) fn number_of(error: OpenError) -> i32 {
    match error {
        OpenError::NotFound => Errno::NOENT.raw_os_error(),
        OpenError::IsDirectory => Errno::ISDIR.raw_os_error(),
        OpenError::NotAFile => Errno::NXIO.raw_os_error(),
        OpenError::Denied => Errno::ACCESS.raw_os_error(),
        OpenError::WouldBlock => Errno::AGAIN.raw_os_error(),
        OpenError::Io(number) => number,
    }
}

/// The answer to a request that no handler serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal<'r> {
    pub(super) status: u16,
    /// The value of `Allow`.
    pub(super) allow: Option<&'r str>,
}

impl Refusal<'_> {
    /// Whether it is no error: `OPTIONS *`.
    pub(super) fn is_success(self) -> bool {
        self.status < 300
    }
}

impl From<Unserved> for Refusal<'_> {
    fn from(unserved: Unserved) -> Self {
        Self { status: unserved.status().as_u16(), allow: unserved.allow() }
    }
}

impl<'r> From<NotAllowed<'r>> for Refusal<'r> {
    fn from(NotAllowed { allow }: NotAllowed<'r>) -> Self {
        Self { status: 405, allow: Some(allow) }
    }
}

/// The exception for a request that no handler serves. For `/` it is the page of a new server.
pub(super) fn not_served(py: Python<'_>, path: &[u8], refusal: Refusal<'_>) -> PyErr {
    if let Some(allow) = refusal.allow {
        return plain(py, refusal.status, &[(b"Allow", allow.as_bytes())]);
    }
    if path == b"/" {
        return http(py, 503, "Service Unavailable");
    }
    http(py, 404, &format!("There is nothing at {}", String::from_utf8_lossy(path)))
}
