//! Serving the files of a folder.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::spawn_blocking;
use tremolo_core::routing::MethodTable;
use tremolo_files::{Folder, FolderAnswer, FolderOptions, OpenError};

use super::send::{refuse, refused};
use crate::error::{Error, HttpError};
use crate::extract::Call;
use crate::mount::{Mount, Mounted};
use crate::next::{AnyHandler, HandlerFuture};
use crate::reply::{Answer, Html, Redirect, Reply};

/// A folder whose files are served, for [`Application::mount`](crate::Application::mount).
///
/// GET and HEAD, with ranges, conditions, `ETag` and `Last-Modified`; content types by extension; a
/// folder as its `index.html`, and with a slash behind its name. No request leads out of the
/// folder, whatever it is spelled like: the system itself resolves names beneath it. Symbolic
/// links, names that begin with a dot, and what is no regular file are not found.
///
/// ```
/// use tremolo::{Application, StaticFiles};
///
/// # let _ =
/// Application::new().mount(
///     "/static",
///     StaticFiles::new("public").precompressed(true).cache_control("max-age=3600"),
/// )
/// # ;
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is served when it is mounted"]
pub struct StaticFiles {
    path: PathBuf,
    options: FolderOptions,
}

impl StaticFiles {
    /// The files of a folder, which is opened when the server starts.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), options: FolderOptions::default() }
    }

    /// What a folder is shown as: the first of these files that it has. Default: `index.html`.
    pub fn index_files<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.options.index_files = names.into_iter().map(Into::into).collect();
        self
    }

    /// Whether a folder without an index file is listed. Default: false.
    pub fn listing(mut self, list: bool) -> Self {
        self.options.listing = list;
        self
    }

    /// Entries of a listing. Default: 1 000; the page shows when there are more.
    pub fn listing_limit(mut self, entries: usize) -> Self {
        self.options.listing_limit = entries;
        self
    }

    /// Whether `a.css.br`, `a.css.zst` or `a.css.gz` is sent for `a.css` to clients that take that
    /// coding; one that is older than its file is left alone. Default: false.
    pub fn precompressed(mut self, look: bool) -> Self {
        self.options.precompressed = look;
        self
    }

    /// `Cache-Control` of what is sent. Default: none.
    pub fn cache_control(mut self, value: impl Into<String>) -> Self {
        self.options.cache_control = Some(value.into());
        self
    }

    /// The content type of files with this extension. Default: a table of the common ones.
    pub fn content_type(mut self, extension: &str, value: &str) -> Self {
        if !self.options.types.set(extension, value) {
            tracing::error!(extension, value, "not a content type; the default stays");
        }
        self
    }

    /// Whether symbolic links are followed that are relative and stay in the folder. Default:
    /// false.
    pub fn follow_symlinks(mut self, follow: bool) -> Self {
        self.options.follow_symlinks = follow;
        self
    }

    /// Whether names that begin with a dot are served. Default: false, but for `/.well-known`.
    pub fn dot_files(mut self, serve: bool) -> Self {
        self.options.dot_files = serve;
        self
    }
}

impl Mount for StaticFiles {
    fn into_mounted(self) -> crate::Result<Mounted> {
        let folder = Folder::new(self.path, self.options).map_err(Error::Folder)?;
        Ok(Mounted::new(Arc::new(FolderHandler(Arc::new(folder)))))
    }
}

/// Serves the files below the prefix of the folder.
#[derive(Debug)]
struct FolderHandler(Arc<Folder>);

impl AnyHandler for FolderHandler {
    fn call(&self, call: Call) -> HandlerFuture<'_> {
        Box::pin(async { self.serve(call).await.unwrap_or_else(Reply::into_answer) })
    }

    fn prepare(&self, _: &mut Call) {}

    fn methods(&self) -> Option<MethodTable<()>> {
        Some(MethodTable::new().get(()))
    }
}

impl FolderHandler {
    async fn serve(&self, mut call: Call) -> Result<Answer, HttpError> {
        let rest = call.rest().len();
        let answer = match self.0.answer_cached(call.head(), rest) {
            Err(OpenError::WouldBlock) => {
                let (folder, head) = (Arc::clone(&self.0), Arc::clone(call.shared_head()));
                spawn_blocking(move || folder.answer(&head, rest)).await?
            }
            answer => answer,
        };
        match answer.map_err(refuse)? {
            FolderAnswer::File { file, head } => {
                call.response().send_served(&file, &head).await?;
                Ok(().into_answer())
            }
            FolderAnswer::Page(html) => Ok(Html(html).into_answer()),
            FolderAnswer::Redirect(location) => Ok(Redirect::permanent(location).into_answer()),
            FolderAnswer::Refused(refusal) => Err(refused(&refusal)),
        }
    }
}
