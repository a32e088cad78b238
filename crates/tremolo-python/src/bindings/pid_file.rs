//! The Python class `PidFile`: the file with the number of the process, as in Rust.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

/// The pid file of this process, until `close`.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct PidFile {
    file: Mutex<Option<tremolo_net::PidFile>>,
}

#[pymethods]
impl PidFile {
    /// Writes the file; an `OSError` if it cannot be written, or belongs to a process that runs.
    #[new]
    #[expect(clippy::needless_pass_by_value, reason = "a path of Python is converted")]
    fn new(path: PathBuf) -> PyResult<Self> {
        let file = tremolo_net::PidFile::create(&path).map_err(|error| {
            let text = format!("cannot use the pid file {}: {error}", path.display());
            let code = match error.kind() {
                io::ErrorKind::AlreadyExists => Some(rustix::io::Errno::EXIST.raw_os_error()),
                _ => error.raw_os_error(),
            };
            PyOSError::new_err((code, text))
        })?;
        Ok(Self { file: Mutex::new(Some(file)) })
    }

    /// Removes the file.
    fn close(&self) {
        self.file.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
