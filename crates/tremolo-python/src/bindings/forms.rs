//! Forms, by the engine's parsers: `tremolo._forms` feeds them and makes of it what Python has.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use tremolo_core::multipart::{Decoder, Event, Limits, MultipartError, boundary_of};
use tremolo_core::query::parse_pairs;

use super::cache::lists;
use super::errors;

/// parse_form(data, max_fields)
///
/// The fields of an urlencoded form: names to lists of values.
#[pyfunction]
pub(super) fn parse_form<'py>(
    py: Python<'py>,
    data: &[u8],
    max_fields: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let map =
        parse_pairs(data, max_fields).map_err(|error| errors::http(py, 413, &error.to_string()))?;
    lists(py, &map, true)
}

/// The parts of a multipart form: pieces of the body in, events out.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Multipart {
    /// Boxed, because Python aligns its objects to 16 bytes, and this wants 32.
    decoder: Mutex<Box<Decoder>>,
}

const _: () = assert!(align_of::<Multipart>() <= 16);

impl Multipart {
    fn decoder(&self) -> MutexGuard<'_, Box<Decoder>> {
        self.decoder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Multipart {
    #[new]
    fn new(py: Python<'_>, content_type: &[u8], max_parts: usize) -> PyResult<Self> {
        let boundary = boundary_of(content_type).map_err(|error| raise(py, error))?;
        let limits = Limits { max_parts, ..Limits::default() };
        Ok(Self { decoder: Mutex::new(Box::new(Decoder::new(boundary, limits))) })
    }

    /// Gives the next piece of the body; `b''` is its end.
    fn feed(&self, data: PyBackedBytes) {
        if data.is_empty() {
            self.decoder().finish();
        } else {
            self.decoder().feed(Bytes::from_owner(data));
        }
    }

    /// The next event: `(name, filename, type)` of a part that begins, `bytes` of its data,
    /// `True` for its end, `False` for the end of the form, `None` if more must be fed.
    fn poll<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let event = self.decoder().poll().map_err(|error| raise(py, error))?;
        match event {
            Event::Part(head) => {
                let told = (head.name(), head.filename(), head.content_type());
                Ok(told.into_pyobject(py)?.into_any())
            }
            Event::Data(data) => Ok(PyBytes::new(py, &data).into_any()),
            Event::PartEnd => Ok(true.into_pyobject(py)?.to_owned().into_any()),
            Event::End => Ok(false.into_pyobject(py)?.to_owned().into_any()),
            Event::NeedInput => Ok(py.None().into_bound(py)),
        }
    }
}

fn raise(py: Python<'_>, error: MultipartError) -> PyErr {
    if error == MultipartError::NotFormData {
        return errors::http(py, 415, "expected Content-Type: multipart/form-data");
    }
    errors::http(py, error.status().as_u16(), &error.to_string())
}
