//! What is not in the caches of the system: it is looked for on a thread, with the interpreter free
//! for others, and the answer goes on in the loop.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::awaitable::{Inner, Operation};
use super::server::Server;

/// Something to be done before an answer goes on.
pub(super) trait Job: Send {
    /// Waits for a disk. Knows nothing of Python.
    fn run(&mut self);

    /// Goes on in the loop; gives what is left to do.
    fn go_on(self: Box<Self>, py: Python<'_>) -> PyResult<Inner>;
}

/// A job on its way to a thread and back, in the hands of `tremolo._files`.
#[pyclass(frozen, module = "tremolo._tremolo")]
pub(super) struct Cold(Mutex<Option<Box<dyn Job>>>);

impl Cold {
    /// Does the job on an executor and then goes on.
    pub(super) fn start(
        server: &Bound<'_, Server>,
        job: Box<dyn Job>,
        executor: Option<&Py<PyAny>>,
    ) -> PyResult<Inner> {
        let py = server.py();
        let cold = Bound::new(py, Self(Mutex::new(Some(job))))?;
        let coroutine = server.get().helpers.wait_for_disk.bind(py).call1((cold, executor))?;
        Ok(Inner::Awaiting(Some(coroutine.unbind())))
    }

    fn take(&self) -> PyResult<Box<dyn Job>> {
        let job = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        job.ok_or_else(|| PyRuntimeError::new_err("it is on a thread, or over"))
    }
}

#[pymethods]
impl Cold {
    /// Waits for the disk.
    fn run(&self, py: Python<'_>) -> PyResult<()> {
        let mut job = self.take()?;
        py.detach(|| job.run());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(job);
        Ok(())
    }

    /// Goes on; gives something to await.
    fn go_on<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Operation::create(py, "Cold.go_on", self.take().and_then(|job| job.go_on(py)))
    }
}

impl fmt::Debug for Cold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cold")
    }
}
