//! Errors of the engine as exceptions of `tremolo.exceptions`.

use std::borrow::Cow;
use std::path::Path;

use pyo3::exceptions::{PyConnectionResetError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{IntoPyDict, PyBytes};
use rustix::io::Errno;
use tremolo_core::content::ContentError;
use tremolo_core::http1::response::FieldList;
use tremolo_core::routing::Unserved;
use tremolo_core::{Error, reason_of};
use tremolo_files::OpenError;

use super::request::Request;
use super::response::{Response, name_of};

/// The exception for an error of the engine.
pub(super) fn raise(py: Python<'_>, error: Error) -> PyErr {
    match error {
        Error::Closed(reason) => PyConnectionResetError::new_err(reason.to_string()),
        Error::Peer(fault) => http(py, fault.status().as_u16(), &fault.to_string()),
        Error::Misuse(misuse) => http(py, 500, &misuse.to_string()),
        error => PyRuntimeError::new_err(error.to_string()),
    }
}

pub(super) fn http(py: Python<'_>, code: u16, message: &str) -> PyErr {
    static FOR_CODE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || -> PyResult<PyErr> {
        let for_code = FOR_CODE.import(py, "tremolo.exceptions", "for_code")?;
        Ok(PyErr::from_value(for_code.call1((code, message))?))
    };
    make().unwrap_or_else(|error| error)
}

/// The exception for content that cannot be interpreted, with the field of its answer.
pub(super) fn content(py: Python<'_>, error: ContentError) -> PyErr {
    let exception = http(py, error.status().as_u16(), &error.to_string());
    let Some((name, value)) = error.field() else { return exception };
    let options = [(name, value)].into_py_dict(py);
    let set = options.and_then(|options| exception.value(py).setattr("options", options));
    set.err().unwrap_or(exception)
}

/// encode_location(target)
///
/// Percent-encodes what may not stand in a `Location`, and nothing twice.
#[pyfunction]
pub(super) fn encode_location<'py>(py: Python<'py>, target: &[u8]) -> Bound<'py, PyBytes> {
    PyBytes::new(py, tremolo_core::encode_location(target).as_bytes())
}

/// The exception for a file that cannot be opened; it names the file, what the client sees does
/// not.
pub(super) fn not_opened(py: Python<'_>, error: OpenError, path: &Path) -> PyErr {
    static NOT_OPENED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || -> PyResult<PyErr> {
        let not_opened = NOT_OPENED.import(py, "tremolo._files", "not_opened")?;
        let arguments = (error.status(), number_of(error), error.to_string(), name_of(py, path));
        Ok(PyErr::from_value(not_opened.call1(arguments)?))
    };
    make().unwrap_or_else(|error| error)
}

/// The exception for a request that is refused, with the fields of its answer.
pub(super) fn refused(py: Python<'_>, code: u16, fields: &FieldList) -> PyErr {
    plain(py, code, &fields.iter().collect::<Vec<_>>())
}

/// The exception for a status, which says nothing but that.
pub(super) fn plain(py: Python<'_>, code: u16, fields: &[(&[u8], &[u8])]) -> PyErr {
    static PLAIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || -> PyResult<PyErr> {
        let plain = PLAIN.import(py, "tremolo._files", "plain")?;
        Ok(PyErr::from_value(plain.call1((code, fields.to_vec()))?))
    };
    make().unwrap_or_else(|error| error)
}

/// The error of a handler that has returned what is no body; it names both.
pub(super) fn no_body(handler: Option<&Bound<'_, PyAny>>, value: &Bound<'_, PyAny>) -> PyErr {
    static NO_BODY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let make = || -> PyResult<PyErr> {
        let no_body = NO_BODY.import(value.py(), "tremolo._failures", "no_body")?;
        Ok(PyErr::from_value(no_body.call1((handler, value))?))
    };
    make().unwrap_or_else(|error| error)
}

/// The number that the system has for it.
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

/// error_page(code, detail='', server_name='', reason=None)
///
/// The page of an error, escaped.
#[pyfunction]
#[pyo3(signature = (code, detail="", server_name="", reason=None))]
pub(super) fn error_page(
    code: u16,
    detail: &str,
    server_name: &str,
    reason: Option<&str>,
) -> String {
    tremolo_core::error_page(code, reason.unwrap_or_else(|| reason_of(code)), detail, server_name)
}

/// escape_controls(text)
///
/// Text for a line of the log, with control characters escaped.
#[pyfunction]
pub(super) fn escape_controls(text: &str) -> Cow<'_, str> {
    tremolo_core::escape_controls(text)
}

/// begin_page(response, status, reason, content_type)
///
/// Forgets what was set of the head, for the page of an error.
#[pyfunction]
pub(super) fn begin_page(
    response: &Bound<'_, Response>,
    status: u16,
    reason: Option<&str>,
    content_type: &str,
) -> PyResult<()> {
    response.get().change(response.py(), |head, _| {
        head.clear();
        match reason {
            Some(reason) => head.set_status_with_reason(status, reason.as_bytes())?,
            None => head.set_status(status)?,
        }
        head.set_content_type(content_type.as_bytes())
    })
}

/// What answers a request that no route serves: the index page says that nothing is there yet.
pub(super) fn not_served(
    py: Python<'_>,
    request: &Bound<'_, Request>,
    unserved: Unserved,
) -> PyErr {
    if let Some(allow) = unserved.allow() {
        return plain(py, unserved.status().as_u16(), &[(b"Allow", allow.as_bytes())]);
    }
    let path = request.get().head.path();
    if path == b"/" {
        return http(py, 503, "Service Unavailable");
    }
    http(py, 404, &format!("There is nothing at {}", String::from_utf8_lossy(path)))
}
