//! File operations that have to wait for a disk: they run on a thread, without the lock of the
//! interpreter, and the response continues in the loop.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::awaitable::{self, Operation, Pending};
use super::host::Host;

/// A blocking operation, and what follows it.
pub(super) trait Job: Send {
    /// Waits for a disk. Must not call Python.
    fn run(&mut self);

    /// Continues in the loop. Returns the rest of the operation.
    fn finish(self: Box<Self>, py: Python<'_>) -> PyResult<Pending>;
}

/// A job for a thread. `tremolo._files` runs it.
#[pyclass(frozen, module = "tremolo._tremolo")]
pub(super) struct BlockingIo(Mutex<Option<Box<dyn Job>>>);

impl BlockingIo {
    /// Runs the job on an executor and then finishes it.
    pub(super) fn start(
        host: &Bound<'_, Host>,
        job: Box<dyn Job>,
        executor: Option<&Py<PyAny>>,
    ) -> PyResult<Pending> {
        let py = host.py();
        let this = Bound::new(py, Self(Mutex::new(Some(job))))?;
        let coroutine = host.get().hooks.wait_for_disk.bind(py).call1((this, executor))?;
        Ok(awaitable::await_object(coroutine.unbind()))
    }

    fn take(&self) -> PyResult<Box<dyn Job>> {
        let job = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        job.ok_or_else(|| PyRuntimeError::new_err("it is on a thread, or over"))
    }
}

#[pymethods]
impl BlockingIo {
    /// Waits for the disk.
    fn run(&self, py: Python<'_>) -> PyResult<()> {
        let mut job = self.take()?;
        py.detach(|| job.run());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(job);
        Ok(())
    }

    /// Finishes the job. Returns an awaitable.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Operation::create(py, "BlockingIo.finish", self.take().and_then(|job| job.finish(py)))
    }
}

impl fmt::Debug for BlockingIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlockingIo")
    }
}
