//! Handlers that may suspend: real tasks of the loop, run up to their first suspension at once.

use pyo3::prelude::*;

use super::exchange::Exchange;
use super::finish::{ends_a_program, finish};
use super::request::Request;
use super::server::Server;
use super::state::Running;

/// Starts a handler's coroutine; if it does not suspend, it is over when this returns.
pub(super) fn start<'py>(
    server: &Bound<'py, Server>,
    exchange: Exchange,
    request: Option<Bound<'py, Request>>,
    coroutine: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = server.py();
    let task = match server.get().helpers.start.bind(py).call1((coroutine,)) {
        Ok(task) => task,
        Err(error) => return finish(server, exchange, request, Err(error)),
    };
    if task.call_method0(pyo3::intern!(py, "done"))?.is_truthy()? {
        let outcome = task.call_method0(pyo3::intern!(py, "result"));
        return finish(server, exchange, request, outcome);
    }
    server.get().lock().suspend(exchange, Running::Task(task.clone().unbind()));
    let request = request.map(Bound::unbind);
    let over = TaskOver { server: server.clone().unbind(), exchange, request };
    task.call_method1(pyo3::intern!(py, "add_done_callback"), (over,))?;
    Ok(())
}

/// Called by the task when it is done.
#[pyclass(frozen, freelist = 64)]
#[derive(Debug)]
struct TaskOver {
    server: Py<Server>,
    exchange: Exchange,
    request: Option<Py<Request>>,
}

#[pymethods]
impl TaskOver {
    fn __call__(&self, py: Python<'_>, task: &Bound<'_, PyAny>) -> PyResult<()> {
        let outcome = task.call_method0(pyo3::intern!(py, "result"));
        let request = self.request.as_ref().map(|request| request.bind(py).clone());
        match finish(self.server.bind(py), self.exchange, request, outcome) {
            // What must end the server has broken through the loop when the task raised it.
            Err(error) if ends_a_program(py, &error) => Ok(()),
            finished => finished,
        }
    }
}
