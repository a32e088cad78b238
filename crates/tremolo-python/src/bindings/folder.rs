//! Static folders: the Python class `StaticFiles`, and the endpoint that serves a folder.
//! `tremolo-files` decides the answer to a request; this file sends it.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::http1::request::RequestHead;
use tremolo_core::representation::Refusal;
use tremolo_core::{Exchange, Now};
use tremolo_files::{Folder, FolderAnswer, FolderError, FolderOptions, OpenError};

use super::awaitable::{self, Operation, Pending};
use super::blocking_io::{BlockingIo, Job};
use super::endpoint::{Call, Endpoint};
use super::paths::path_of;
use super::request::Request;
use super::response::SendFileOp;
use super::{errors, tasks};

/// A folder whose files are served, for `Application.mount`.
#[pyclass(frozen, module = "tremolo")]
#[derive(Debug)]
pub(super) struct StaticFiles {
    path: PathBuf,
    options: FolderOptions,
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
        content_types: Option<std::collections::BTreeMap<String, String>>,
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
        for (extension, value) in content_types.unwrap_or_default() {
            let extension = extension.trim_start_matches('.');
            if !options.types.set(extension, &value) {
                let text = format!("content_types: {value:?} is no content type");
                return Err(PyValueError::new_err(text));
            }
        }
        Ok(Self { path: path_of(path)?, options })
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
    fn wants_request(&self) -> bool {
        true
    }

    /// Responds from a folder, in a task if that has to wait.
    fn serve(&self, Call { host, exchange, request, rest }: Call<'_, '_>) -> PyResult<()> {
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
            let write = |exchange: &mut Exchange<'_>, now: &Now| {
                exchange.response_mut()?.set_content_type(b"text/html; charset=utf-8")?;
                exchange.end(now, html.into())
            };
            request.get().exchange.act(request.get().host.bind(py), write)?;
            Ok(awaitable::ready(None))
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
