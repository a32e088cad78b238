//! Folders: everything in them, and nothing beside them. What a request for something in a folder
//! means is the business of `tremolo-files`; here it becomes an answer.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::negotiation::AcceptEncoding;
use tremolo_core::{Connection, Now};
use tremolo_files::{
    Folder, FolderError, FolderOptions, Found, FoundFile, Lookup, OpenError, ServedFile,
};

use super::awaitable::Inner;
use super::cold::{Cold, Job};
use super::errors;
use super::request::Request;
use super::response::{Sending, Terms, path_of};

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

impl StaticFiles {
    pub(super) fn open(&self) -> PyResult<Arc<Folder>> {
        let opened = Folder::new(&self.path, self.options.clone());
        opened.map(Arc::new).map_err(|error| {
            let text = format!("{}: {error}", self.path.display());
            match error {
                FolderError::Root(error) => PyOSError::new_err((errors::number_of(error), text)),
                _ => PyValueError::new_err(text),
            }
        })
    }
}

/// Answers a request for something in a folder; gives what is left to do. `behind` is how many
/// bytes of the path are behind the prefix that the folder is mounted at.
pub(super) fn serve(
    request: &Bound<'_, Request>,
    folder: &Arc<Folder>,
    behind: usize,
) -> PyResult<Inner> {
    match look_up(folder, &request.get().head, behind, Folder::find_cached) {
        Err(OpenError::WouldBlock) => {
            let (folder, head) = (Arc::clone(folder), Arc::clone(&request.get().head));
            let job = ColdFolder {
                request: request.clone().unbind(),
                head,
                folder,
                behind,
                found: Err(OpenError::WouldBlock),
            };
            Cold::start(request.get().server.bind(request.py()), Box::new(job), None)
        }
        found => answer(request, folder, found),
    }
}

fn look_up(
    folder: &Folder,
    head: &RequestHead,
    behind: usize,
    find: impl FnOnce(&Folder, &Lookup<'_>) -> Result<Found, OpenError>,
) -> Result<Found, OpenError> {
    let path = head.path();
    let lookup = Lookup {
        method: head.method(),
        path,
        rest: path.get(path.len().saturating_sub(behind)..).unwrap_or_default(),
        query: head.query(),
        accept_encoding: AcceptEncoding::of(head.fields()),
    };
    find(folder, &lookup)
}

fn answer(
    request: &Bound<'_, Request>,
    folder: &Folder,
    found: Result<Found, OpenError>,
) -> PyResult<Inner> {
    let py = request.py();
    match found
        .map_err(|error| PyOSError::new_err((errors::number_of(error), error.to_string())))?
    {
        Found::File(file) => Ok(send(request, folder, file)),
        Found::Redirect { location } => {
            let redirect = request.get().server.get().helpers.redirect.bind(py);
            Err(PyErr::from_value(redirect.call1((location, 301))?))
        }
        Found::Listing { html } => {
            let say = |connection: &mut Connection, now: &Now| {
                connection.response_mut()?.set_content_type(b"text/html; charset=utf-8")?;
                connection.end(now, html.into())
            };
            request.get().exchange.act(request.get().server.bind(py), say)?;
            Ok(Inner::Ready(None))
        }
        Found::NotFound => Err(errors::plain(py, 404, &[])),
        Found::Forbidden => Err(errors::plain(py, 403, &[])),
        Found::MethodNotAllowed => {
            Err(errors::plain(py, 405, &[(b"Allow", Folder::ALLOW.as_bytes())]))
        }
    }
}

fn send(request: &Bound<'_, Request>, folder: &Folder, found: FoundFile) -> Inner {
    let fields = [
        ("Content-Encoding", found.content_encoding),
        ("Vary", found.vary.then_some("Accept-Encoding")),
        ("Cache-Control", folder.cache_control()),
    ];
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned())));
    let terms = Terms {
        content_type: found.content_type.as_bytes().to_vec(),
        fields: fields.collect(),
        rate: None,
    };
    Sending::of(request, ServedFile::new(found.file, 0, None), terms)
}

/// A request whose answer is not known without waiting for a disk.
struct ColdFolder {
    request: Py<Request>,
    head: Arc<RequestHead>,
    folder: Arc<Folder>,
    behind: usize,
    found: Result<Found, OpenError>,
}

impl Job for ColdFolder {
    fn run(&mut self) {
        self.found = look_up(&self.folder, &self.head, self.behind, Folder::find);
    }

    fn go_on(self: Box<Self>, py: Python<'_>) -> PyResult<Inner> {
        answer(self.request.bind(py), &self.folder, self.found)
    }
}
