//! Errors of the engine as exceptions of `tremolo.exceptions`.

use pyo3::exceptions::{PyConnectionResetError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tremolo_core::{Error, reason_of};

use super::request::Request;
use super::response::Response;

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
pub(super) fn not_served(py: Python<'_>, request: &Bound<'_, Request>) -> PyErr {
    let path = request.get().head.path();
    if path.iter().all(|byte| *byte == b'/') {
        return http(py, 503, "Service Unavailable");
    }
    http(py, 404, &format!("There is nothing at {}", String::from_utf8_lossy(path)))
}
