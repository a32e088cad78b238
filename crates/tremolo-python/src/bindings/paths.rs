//! Paths of files, between Python and the system.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

/// A path from text, bytes, or an object with `__fspath__`. It need not be UTF-8.
pub(super) fn path_of(path: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    if path.cast::<PyString>().is_ok() {
        return Ok(path.extract::<OsString>()?.into());
    }
    let plain = path.py().import("os")?.call_method1("fspath", (path,))?;
    if let Ok(bytes) = plain.cast::<PyBytes>() {
        return Ok(OsString::from_vec(bytes.as_bytes().to_vec()).into());
    }
    Ok(plain.extract::<OsString>()?.into())
}

/// The path in an exception, as `os.fsdecode` makes it.
pub(super) fn name_of<'py>(py: Python<'py>, path: &Path) -> Bound<'py, PyAny> {
    let bytes = PyBytes::new(py, path.as_os_str().as_bytes());
    let decoded = py.import("os").and_then(|os| os.call_method1("fsdecode", (&bytes,)));
    decoded.unwrap_or_else(|_| bytes.into_any())
}
