//! Forms: the engine's parsers, for `tremolo._forms`.

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use tremolo_core::content::{Charset, FormKind, check_coding, urlencoded_in_utf8};
use tremolo_core::multipart::{Decoder, Event, Limits, MultipartError, boundary_of};
use tremolo_core::query::parse_pairs;

use super::cache::lists;
use super::errors;
use super::request::Request;

/// form_kind(request)
///
/// `'urlencoded'` or `'multipart'`, by the content type of a request; `None` if it is no form.
#[pyfunction]
pub(super) fn form_kind(request: &Bound<'_, Request>) -> PyResult<Option<&'static str>> {
    Ok(kind_of(request)?.map(|kind| match kind {
        FormKind::UrlEncoded(_) => "urlencoded",
        FormKind::Multipart => "multipart",
    }))
}

/// parse_form(request, data, max_fields)
///
/// The fields of an urlencoded form, in the charset that its request declares: names to lists of
/// values.
#[pyfunction]
pub(super) fn parse_form<'py>(
    request: &Bound<'py, Request>,
    data: &[u8],
    max_fields: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let py = request.py();
    let charset = match kind_of(request)? {
        Some(FormKind::UrlEncoded(charset)) => charset,
        Some(FormKind::Multipart) | None => Charset::default(),
    };
    let map = parse_pairs(&urlencoded_in_utf8(data, charset), max_fields)
        .map_err(|error| errors::http(py, 413, &error.to_string()))?;
    lists(py, &map, true)
}

/// part_text(data, content_type)
///
/// The text of a part, in the charset that its content type declares; invalid bytes become U+FFFD.
#[pyfunction]
pub(super) fn part_text<'a>(
    py: Python<'_>,
    data: &'a [u8],
    content_type: &str,
) -> PyResult<Cow<'a, str>> {
    let charset = Charset::declared(content_type.as_bytes());
    let charset = charset.map_err(|error| errors::content(py, error))?;
    Ok(charset.unwrap_or_default().decode(data))
}

fn kind_of(request: &Bound<'_, Request>) -> PyResult<Option<FormKind>> {
    let kind = FormKind::of(request.get().head.fields());
    kind.map_err(|error| errors::content(request.py(), error))
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
    fn new(request: &Bound<'_, Request>, max_parts: usize) -> PyResult<Self> {
        let (py, fields) = (request.py(), request.get().head.fields());
        let content_type = fields.get("content-type").unwrap_or_default();
        let boundary = boundary_of(content_type).map_err(|error| raise(py, error))?;
        check_coding(fields).map_err(|error| errors::content(py, error))?;
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
