//! Forms: the engine's readers, for `tremolo._forms`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, ready};

use bytes::Bytes;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use tremolo_core::content::{Charset, FormKind};
use tremolo_core::form::{
    FileLimits, FormData, FormError, FormLimits, NumberedPart, PartReader, Step, kind_of,
};
use tremolo_core::{Error, Misuse};

use super::cache::lists;
use super::errors;
use super::request::Request;

/// form_kind(request, max_size)
///
/// `'urlencoded'` or `'multipart'`; an exception if the request contains no form, or an announced
/// body that is longer.
#[pyfunction]
pub(super) fn form_kind(request: &Bound<'_, Request>, max_size: usize) -> PyResult<&'static str> {
    let limits = FormLimits { max_size, ..FormLimits::default() };
    match kind_of(&request.get().head, request.get().accepted_codings(request.py()), limits) {
        Ok(FormKind::UrlEncoded(_)) => Ok("urlencoded"),
        Ok(FormKind::Multipart) => Ok("multipart"),
        Err(error) => Err(raise(request.py(), error)),
    }
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
    let limits = FormLimits { max_fields, max_size: usize::MAX };
    let accepted = request.get().accepted_codings(py);
    let charset = match kind_of(&request.get().head, accepted, limits) {
        Ok(FormKind::UrlEncoded(charset)) => charset,
        Ok(FormKind::Multipart) => Charset::default(),
        Err(error) => return Err(raise(py, error)),
    };
    let form = FormData::urlencoded(data, charset, limits).map_err(|error| raise(py, error))?;
    lists(py, &form.fields, true)
}

/// A multipart form while it is read: pieces of the body in, parts out. `None` as a result asks
/// for the next piece.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct Multipart {
    /// Boxed, because Python aligns its objects to 16 bytes, and this wants 32.
    reading: Mutex<Box<Reading>>,
}

const _: () = assert!(align_of::<Multipart>() <= 16);

#[derive(Debug)]
struct Reading {
    reader: PartReader,
    /// The parts of a form that is read whole.
    form: FormData,
}

impl Multipart {
    fn reading(&self) -> MutexGuard<'_, Box<Reading>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Multipart {
    #[new]
    fn new(request: &Bound<'_, Request>) -> PyResult<Self> {
        let accepted = request.get().accepted_codings(request.py());
        let reader = PartReader::new(request.get().head.fields(), accepted);
        let reader = reader.map_err(|error| raise(request.py(), error))?;
        Ok(Self { reading: Mutex::new(Box::new(Reading { reader, form: FormData::default() })) })
    }

    /// Sets how many more bytes of the body are allowed.
    fn limit(&self, max_size: u64) {
        self.reading().reader.limit(max_size);
    }

    /// Gives the next piece of the body; `b''` is its end.
    fn feed(&self, py: Python<'_>, data: PyBackedBytes) -> PyResult<()> {
        let mut reading = self.reading();
        if data.is_empty() {
            reading.reader.finish();
            return Ok(());
        }
        reading.reader.feed(Bytes::from_owner(data)).map_err(|error| raise(py, error))
    }

    /// The next part, or the next `max_size` bytes of a large one: its number, its head (name, file
    /// name, content type), the data, and whether the part ends with it. `False` after the last.
    fn step<'py>(
        &self,
        py: Python<'py>,
        max_parts: usize,
        max_size: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let limits = FileLimits { max_files: max_parts, max_file_size: max_size };
        let polled = self.reading().reader.poll_step(limits);
        object_of(py, polled, |Step { part: NumberedPart { number, head }, data, is_last }| {
            let head = (head.name(), head.filename(), head.content_type());
            Ok((number, head, PyBytes::new(py, &data), is_last).into_pyobject(py)?.into_any())
        })
    }

    /// The next data of the part with this number; `False` at its end.
    fn data<'py>(&self, py: Python<'py>, number: usize) -> PyResult<Bound<'py, PyAny>> {
        let polled = self.reading().reader.poll_data(number);
        object_of(py, polled, |data| Ok(PyBytes::new(py, &data).into_any()))
    }

    /// All parts: a mapping of names to lists of values, and a list of the heads and the data of
    /// the files.
    fn form<'py>(
        &self,
        py: Python<'py>,
        max_fields: usize,
        max_size: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let polled = self.reading().poll_form(FormLimits { max_fields, max_size });
        object_of(py, polled, |form| {
            let files = form.files.iter().map(|file| {
                let head = (&file.name, &file.filename, &file.content_type);
                (head, PyBytes::new(py, &file.data))
            });
            let files: Vec<_> = files.collect();
            Ok((lists(py, &form.fields, false)?, files).into_pyobject(py)?.into_any())
        })
    }
}

impl Reading {
    fn poll_form(&mut self, limits: FormLimits) -> Poll<Result<Option<FormData>, FormError>> {
        while let Some(step) = ready!(self.reader.poll_step(limits.of_steps()))? {
            self.form.add(step)?;
        }
        Poll::Ready(Ok(Some(std::mem::take(&mut self.form))))
    }
}

/// What a poll has returned, for Python: `None` if more must be fed, `False` for the end.
fn object_of<'py, T>(
    py: Python<'py>,
    polled: Poll<Result<Option<T>, FormError>>,
    convert: impl FnOnce(T) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    match polled {
        Poll::Pending => Ok(py.None().into_bound(py)),
        Poll::Ready(Ok(None)) => Ok(false.into_pyobject(py)?.to_owned().into_any()),
        Poll::Ready(Ok(Some(value))) => convert(value),
        Poll::Ready(Err(error)) => Err(raise(py, error)),
    }
}

fn raise(py: Python<'_>, error: FormError) -> PyErr {
    match error {
        FormError::Content(error) => errors::content(py, error),
        FormError::Body(Error::Misuse(Misuse::BodyAlreadyRead)) => {
            PyRuntimeError::new_err("another part has been asked for")
        }
        FormError::Body(error) => errors::raise(py, error),
        error => errors::http(py, error.status().as_u16(), &error.to_string()),
    }
}
