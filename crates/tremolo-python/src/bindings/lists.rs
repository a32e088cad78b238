//! The query and the cookies of a request, as dictionaries of lists.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::cookie::parse_cookies;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::query;

use super::cache::lists;
use super::errors;

/// Dictionaries of lists, made on first use.
///
/// A request and its context share them, so that the context does not hold the request. That would
/// be a cycle, and objects in the context would live until the garbage collector runs.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct HeadLists {
    head: Arc<RequestHead>,
    max_query_fields: usize,
    query: Slot,
    cookies: Slot,
}

type Slot = Mutex<Option<Py<PyAny>>>;

impl HeadLists {
    pub(super) fn new(head: &Arc<RequestHead>, max_query_fields: usize) -> Self {
        let head = Arc::clone(head);
        Self { head, max_query_fields, query: Slot::default(), cookies: Slot::default() }
    }
}

#[pymethods]
impl HeadLists {
    /// The fields of the query string: names to lists of values.
    #[getter]
    pub(super) fn query<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        kept(py, &self.query, || {
            let input = self.head.query().unwrap_or_default();
            let map = query::parse_pairs(input, self.max_query_fields)
                .map_err(|error| errors::http(py, 400, &error.to_string()))?;
            lists(py, &map, true)
        })
    }

    /// The cookies: names to lists of values.
    #[getter]
    pub(super) fn cookies<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        kept(py, &self.cookies, || {
            lists(py, &parse_cookies(self.head.fields().get_all("cookie")), false)
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        for slot in [&self.query, &self.cookies] {
            if let Ok(object) = slot.try_lock() {
                visit.call(&*object)?;
            }
        }
        Ok(())
    }
}

/// The object in a slot, or the result of `make`. The lock is not held meanwhile: Python may run.
fn kept<'py>(
    py: Python<'py>,
    slot: &Slot,
    make: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let lock = || slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(object) = &*lock() {
        return Ok(object.bind(py).clone());
    }
    let made = make()?.unbind();
    // Another thread may have been faster: its object is in use.
    Ok(lock().get_or_insert(made).bind(py).clone())
}
