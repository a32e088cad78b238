//! Objects of recent requests, for the scopes of next ones: most clients send the same fields, and
//! ask for the same paths, again and again.

use std::hash::Hasher as _;
use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use rustc_hash::FxHasher;
use tremolo_core::http1::request::RequestHead;

/// Tables without collisions: a new object takes the place of an old one with the same index.
#[derive(Debug)]
pub(super) struct Recent {
    tables: Mutex<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    paths: Vec<Option<Path>>,
    /// Pairs of a name in lower case and a value.
    fields: Vec<Option<Py<PyTuple>>>,
}

#[derive(Debug)]
struct Path {
    decoded: Py<PyString>,
    raw: Py<PyBytes>,
}

/// The parts of a scope that can be objects of earlier requests.
pub(super) struct Parts<'py> {
    pub(super) path: Bound<'py, PyString>,
    pub(super) raw_path: Bound<'py, PyBytes>,
    pub(super) headers: Bound<'py, PyList>,
}

impl Recent {
    pub(super) fn new() -> Self {
        let mut tables = Tables::default();
        tables.paths.resize_with(SLOTS, || None);
        tables.fields.resize_with(SLOTS, || None);
        Self { tables: Mutex::new(tables) }
    }

    /// The parts of the scope of a request.
    pub(super) fn parts<'py>(&self, py: Python<'py>, head: &RequestHead) -> PyResult<Parts<'py>> {
        // To make an object can run a finalizer, and so another request: it goes without the tables.
        match self.tables.try_lock().as_deref_mut() {
            Ok(tables) => tables.parts(py, head),
            Err(_) => Tables::default().parts(py, head),
        }
    }
}

impl Tables {
    fn parts<'py>(&mut self, py: Python<'py>, head: &RequestHead) -> PyResult<Parts<'py>> {
        let Path { decoded, raw } = self.path(py, head);
        let headers = PyList::empty(py);
        for (name, value) in head.fields().iter() {
            headers.append(self.field(py, name, value)?)?;
        }
        Ok(Parts { path: decoded.into_bound(py), raw_path: raw.into_bound(py), headers })
    }

    fn path(&mut self, py: Python<'_>, head: &RequestHead) -> Path {
        let raw = head.path();
        let slot = slot(&mut self.paths, &[raw]).filter(|_| raw.len() <= LONGEST);
        if let Some(Some(path)) = &slot
            && path.raw.as_bytes(py) == raw
        {
            return path.clone_ref(py);
        }
        let decoded = PyString::new(py, &head.decoded_path()).unbind();
        let path = Path { decoded, raw: PyBytes::new(py, raw).unbind() };
        if let Some(slot) = slot {
            *slot = Some(path.clone_ref(py));
        }
        path
    }

    fn field<'py>(
        &mut self,
        py: Python<'py>,
        name: &[u8],
        value: &[u8],
    ) -> PyResult<Bound<'py, PyTuple>> {
        let is_kept = name.len() + value.len() <= LONGEST && !is_secret(name);
        let slot = slot(&mut self.fields, &[name, value]).filter(|_| is_kept);
        if let Some(Some(pair)) = &slot
            && is_pair(pair.bind(py), name, value)
        {
            return Ok(pair.bind(py).clone());
        }
        let mut lower = [0; LONGEST];
        let lower = match lower.get_mut(..name.len()) {
            Some(lower) => {
                lower.copy_from_slice(name);
                lower.make_ascii_lowercase();
                PyBytes::new(py, lower)
            }
            None => PyBytes::new(py, &name.to_ascii_lowercase()),
        };
        let pair = PyTuple::new(py, [lower, PyBytes::new(py, value)])?;
        if let Some(slot) = slot {
            *slot = Some(pair.clone().unbind());
        }
        Ok(pair)
    }
}

impl Path {
    fn clone_ref(&self, py: Python<'_>) -> Self {
        Self { decoded: self.decoded.clone_ref(py), raw: self.raw.clone_ref(py) }
    }
}

/// The slot of a key; `None` without tables.
fn slot<'t, T>(table: &'t mut [T], key: &[&[u8]]) -> Option<&'t mut T> {
    let mut hasher = FxHasher::default();
    key.iter().for_each(|part| hasher.write(part));
    let last = table.len().checked_sub(1)?;
    table.get_mut(hasher.finish() as usize & last)
}

fn is_pair(pair: &Bound<'_, PyTuple>, name: &[u8], value: &[u8]) -> bool {
    let [own_name, own_value] = pair.as_slice() else { return false };
    match (own_name.cast::<PyBytes>(), own_value.cast::<PyBytes>()) {
        (Ok(own_name), Ok(own_value)) => {
            own_value.as_bytes() == value && own_name.as_bytes().eq_ignore_ascii_case(name)
        }
        _ => false,
    }
}

/// Whether a field is one of a single user.
fn is_secret(name: &[u8]) -> bool {
    SECRETS.iter().any(|secret| name.eq_ignore_ascii_case(secret.as_bytes()))
}

const SECRETS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// The entries of each table: a power of two.
const SLOTS: usize = 128;

/// The length of a path, or of a name and its value, that is kept.
const LONGEST: usize = 192;
