//! Static folders: the Python class `StaticFiles`, and the endpoint that serves a folder.
//! `tremolo-files` decides the answer to a request; this file sends it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::http1::request::RequestHead;
use tremolo_core::representation::Refusal;
use tremolo_files::{Folder, FolderAnswer, FolderError, FolderOptions, OpenError};

use super::awaitable::{Operation, Pending};
use super::blocking_io::{BlockingIo, Job};
use super::endpoint::{Call, Endpoint, Wants};
use super::paths::path_of;
use super::request::Request;
use super::response::{SendFileOp, end_op};
use super::{errors, tasks};

/// A folder whose files are served, for `Application.mount`.
#[pyclass(frozen, module = "tremolo")]
#[derive(Debug)]
pub(super) struct StaticFiles {
    path: PathBuf,
    options: FolderOptions,
    content_types: BTreeMap<String, String>,
}

#[pymethods]
impl StaticFiles {
    /// The folder is opened when the server starts.
    #[new]
    #[expect(clippy::too_many_arguments, reason = "options by name")]
    #[pyo3(signature = (path, *, index_files=None, listing=false, listing_limit=1000,
                        precompressed=false, cache_control=None, content_types=None,
                        follow_symlinks=false, dot_files=false))]
    fn new(
        path: &Bound<'_, PyAny>,
        index_files: Option<Vec<String>>,
        listing: bool,
        listing_limit: usize,
        precompressed: bool,
        cache_control: Option<String>,
        content_types: Option<BTreeMap<String, String>>,
        follow_symlinks: bool,
        dot_files: bool,
    ) -> PyResult<Self> {
        let mut options = FolderOptions {
            follow_symlinks,
            dot_files,
            precompressed,
            listing,
            listing_limit,
            cache_control,
            ..FolderOptions::default()
        };
        if let Some(names) = index_files {
            options.index_files = names;
        }
        let content_types = content_types.unwrap_or_default();
        for (extension, value) in &content_types {
            let extension = extension.trim_start_matches('.');
            if !options.types.set(extension, value) {
                let text = format!("content_types: {value:?} is no content type");
                return Err(PyValueError::new_err(text));
            }
        }
        Ok(Self { path: path_of(path)?, options, content_types })
    }

    /// The arguments that make it again in another process.
    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<((&PathBuf,), Bound<'py, PyDict>)> {
        let named = PyDict::new(py);
        named.set_item("index_files", &self.options.index_files)?;
        named.set_item("listing", self.options.listing)?;
        named.set_item("listing_limit", self.options.listing_limit)?;
        named.set_item("precompressed", self.options.precompressed)?;
        named.set_item("cache_control", &self.options.cache_control)?;
        named.set_item("content_types", &self.content_types)?;
        named.set_item("follow_symlinks", self.options.follow_symlinks)?;
        named.set_item("dot_files", self.options.dot_files)?;
        Ok(((&self.path,), named))
    }
}

/// Serves the files of a folder.
#[derive(Debug)]
pub(super) struct FolderEndpoint(Arc<Folder>);

impl FolderEndpoint {
    /// Opens the folder.
    pub(super) fn new(files: &StaticFiles) -> PyResult<Self> {
        let opened = Folder::new(&files.path, files.options.clone());
        opened.map(|folder| Self(Arc::new(folder))).map_err(|error| {
            let text = format!("{}: {error}", files.path.display());
            match error {
                FolderError::Root(error) => PyOSError::new_err((errors::number_of(error), text)),
                _ => PyValueError::new_err(text),
            }
        })
    }
}

impl Endpoint for FolderEndpoint {
    fn wants(&self) -> Wants {
        Wants::Request
    }

    /// Responds from a folder, in a task if that has to wait.
    fn serve(&self, Call { host, exchange, request, rest, .. }: Call<'_, '_>) -> PyResult<()> {
        let py = host.py();
        let Some(request) = request else { return Ok(()) };
        let begun = serve(&request, &self.0, rest)
            .and_then(|operation| Operation::begin(py, "StaticFiles.serve", operation));
        let outcome = match begun {
            Ok(Some(response)) => return tasks::start(host, exchange, Some(request), &response),
            Ok(None) => Ok(py.None().into_bound(py)),
            Err(error) => Err(error),
        };
        tasks::finish(host, exchange, Some(request), outcome)
    }

    fn call<'py>(&self, request: &Bound<'py, Request>, rest: usize) -> PyResult<Bound<'py, PyAny>> {
        Operation::create(request.py(), "StaticFiles.serve", serve(request, &self.0, rest))
    }

    /// A folder responds to other methods than GET and HEAD with 405.
    fn decides_methods(&self) -> bool {
        true
    }

    fn traverse(&self, _visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        Ok(())
    }
}

/// Responds to a request for a path in a folder. Returns the rest of the operation. `rest` is the
/// number of bytes of the path that follow the prefix of the folder.
fn serve(request: &Bound<'_, Request>, folder: &Arc<Folder>, rest: usize) -> PyResult<Pending> {
    match folder.answer_cached(&request.get().head, rest) {
        Err(OpenError::WouldBlock) => {
            let job = LookUpJob {
                request: request.clone().unbind(),
                head: Arc::clone(&request.get().head),
                folder: Arc::clone(folder),
                rest,
                answer: Err(OpenError::WouldBlock),
            };
            BlockingIo::start(request.get().host.bind(request.py()), Box::new(job), None)
        }
        answer => respond(request, answer),
    }
}

fn respond(
    request: &Bound<'_, Request>,
    answer: Result<FolderAnswer, OpenError>,
) -> PyResult<Pending> {
    let py = request.py();
    match answer
        .map_err(|error| PyOSError::new_err((errors::number_of(error), error.to_string())))?
    {
        FolderAnswer::File { file, head } => Ok(SendFileOp::start(request, file, head)),
        FolderAnswer::Page(html) => {
            let host = request.get().host.bind(py);
            request.get().exchange.act(host, |exchange, _| {
                Ok(exchange.response_mut()?.set_content_type(b"text/html; charset=utf-8")?)
            })?;
            Ok(end_op(request, PyString::new(py, &html).into_any()))
        }
        FolderAnswer::Redirect(location) => {
            let redirect = request.get().host.get().hooks.redirect.bind(py);
            Err(PyErr::from_value(redirect.call1((location, 301))?))
        }
        FolderAnswer::Refused(Refusal { status, fields }) => {
            Err(errors::refused(py, status.as_u16(), &fields))
        }
    }
}

/// Looks up a path on a thread.
struct LookUpJob {
    request: Py<Request>,
    head: Arc<RequestHead>,
    folder: Arc<Folder>,
    rest: usize,
    answer: Result<FolderAnswer, OpenError>,
}

impl Job for LookUpJob {
    fn run(&mut self) {
        self.answer = self.folder.answer(&self.head, self.rest);
    }

    fn finish(self: Box<Self>, py: Python<'_>) -> PyResult<Pending> {
        respond(self.request.bind(py), self.answer)
    }
}
