//! The objects that a request makes from its head on first use, and the buffer of its body.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::MultiMap;

use super::body_buffer::BodyBuffer;

#[derive(Debug, Default)]
pub(super) struct Cache {
    made: Mutex<Made>,
    body_buffer: Mutex<BodyBuffer>,
}

#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) headers: Object,
    pub(super) context: Object,
    pub(super) lists: Object,
    pub(super) body: Object,
}

type Object = Option<Py<PyAny>>;

impl Cache {
    /// The object in a slot, or the result of `make`. The lock is not held meanwhile.
    pub(super) fn get<'py>(
        &self,
        py: Python<'py>,
        slot: impl Fn(&mut Made) -> &mut Object,
        make: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if let Some(object) = self.peek(py, &slot) {
            return Ok(object.into_bound(py));
        }
        let object = make()?;
        self.keep(slot, object.clone().unbind());
        Ok(object)
    }

    pub(super) fn peek(&self, py: Python<'_>, slot: impl Fn(&mut Made) -> &mut Object) -> Object {
        slot(&mut self.lock()).as_ref().map(|object| object.clone_ref(py))
    }

    pub(super) fn keep(&self, slot: impl Fn(&mut Made) -> &mut Object, object: Py<PyAny>) {
        let before = slot(&mut self.lock()).replace(object);
        drop(before);
    }

    /// Locks the buffer of the body. Python must not be called under the lock.
    pub(super) fn buffer(&self) -> MutexGuard<'_, BodyBuffer> {
        self.body_buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(made) = self.made.try_lock() else { return Ok(()) };
        for object in [&made.headers, &made.context, &made.lists, &made.body] {
            visit.call(object)?;
        }
        Ok(())
    }

    pub(super) fn clear(&self) {
        let made = self.made.try_lock().map(|mut made| std::mem::take(&mut *made));
        drop(made);
    }

    fn lock(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name and the value of a field.
pub(super) type Pair<'py> = (Bound<'py, PyBytes>, Bound<'py, PyBytes>);

/// A dictionary of lists; values that are blank are left out of queries.
pub(super) fn lists<'py>(
    py: Python<'py>,
    map: &MultiMap,
    drop_blank: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let target = PyDict::new(py);
    for (name, value) in map.iter() {
        if drop_blank && value.is_empty() {
            continue;
        }
        match target.get_item(name)? {
            Some(list) => list.cast::<PyList>()?.append(value)?,
            None => target.set_item(name, PyList::new(py, [value])?)?,
        }
    }
    Ok(target.into_any())
}
