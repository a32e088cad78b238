//! Scopes of requests that connections repeat: clients that ask again and again, and proxies that
//! check a server, send the same bytes each time. Their scopes are copies of one.

use std::hash::{Hash as _, Hasher as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use pyo3::{PyTraverseError, PyVisit};
use rustc_hash::FxHasher;
use tremolo_core::http1::request::RequestHead;

use super::recent::has_secrets;
use crate::reactor::ConnectionId;

/// A table without collisions: a connection takes the place of another one with the same index. A
/// scope is kept when a request comes for the second time in succession.
#[derive(Debug, Default)]
pub(super) struct Repeated {
    slots: Mutex<Vec<Option<Last>>>,
}

/// The last request of a connection.
#[derive(Debug)]
struct Last {
    id: ConnectionId,
    hash: u64,
    kept: Option<Kept>,
}

/// A request, and its scope without what each scope has of its own.
#[derive(Debug)]
struct Kept {
    head: RequestHead,
    parts: Parts,
}

/// A dictionary without `headers` and `state`, and the headers.
type Parts = (Py<PyDict>, Py<PyList>);

impl Repeated {
    /// The scope and the headers of a request, if its connection has sent it before.
    pub(super) fn find<'py>(
        &self,
        py: Python<'py>,
        id: ConnectionId,
        head: &RequestHead,
    ) -> PyResult<Option<(Bound<'py, PyDict>, Bound<'py, PyList>)>> {
        let (scope, headers) = {
            let slots = self.lock();
            let last = slots.get(id.index() & LAST_SLOT).and_then(Option::as_ref);
            let kept = last.filter(|last| last.id == id).and_then(|last| last.kept.as_ref());
            let Some(Kept { parts: (scope, headers), .. }) = kept.filter(|kept| kept.head == *head)
            else {
                return Ok(None);
            };
            (scope.clone_ref(py), headers.clone_ref(py))
        };
        let headers = headers.bind(py);
        Ok(Some((scope.bind(py).copy()?, headers.get_slice(0, headers.len()))))
    }

    /// Notes a request that was not found. `scope` has neither `headers` nor `state` yet.
    pub(super) fn note<'py>(
        &self,
        id: ConnectionId,
        head: &RequestHead,
        (scope, headers): (&Bound<'py, PyDict>, &Bound<'py, PyList>),
    ) -> PyResult<()> {
        let mut hasher = FxHasher::default();
        head.hash(&mut hasher);
        let hash = hasher.finish();
        let is_second = {
            let slots = self.lock();
            let last = slots.get(id.index() & LAST_SLOT).and_then(Option::as_ref);
            last.is_some_and(|last| last.id == id && last.hash == hash)
        };
        let kept = if is_second && head.size() <= LARGEST && !has_secrets(head) {
            let headers = headers.get_slice(0, headers.len());
            let parts = (scope.copy()?.unbind(), headers.unbind());
            Some(Kept { head: head.clone(), parts })
        } else {
            None
        };
        let before = {
            let mut slots = self.lock();
            if slots.is_empty() {
                slots.resize_with(LAST_SLOT + 1, || None);
            }
            let slot = slots.get_mut(id.index() & LAST_SLOT);
            slot.map(|slot| slot.replace(Last { id, hash, kept }))
        };
        drop(before);
        Ok(())
    }

    /// Locks the table. Python must not be called under the lock.
    fn lock(&self) -> MutexGuard<'_, Vec<Option<Last>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(slots) = self.slots.try_lock() else { return Ok(()) };
        for Kept { parts: (scope, headers), .. } in
            slots.iter().flatten().filter_map(|last| last.kept.as_ref())
        {
            visit.call(scope)?;
            visit.call(headers)?;
        }
        Ok(())
    }
}

/// The index of the last slot: one less than a power of two.
const LAST_SLOT: usize = 255;

/// The size of a head that is kept, in bytes.
const LARGEST: usize = 1_024;
