//! The options of a served folder, and which of their values are invalid.

use std::fmt;

use http::HeaderValue;

use crate::path::is_name;
use crate::{OpenError, Types};

/// What is served of a folder, and how.
#[derive(Clone, Debug)]
pub struct FolderOptions {
    /// The index files: a folder is shown as the first one that exists in it. Default `index.html`.
    pub index_files: Vec<String>,
    /// Whether symbolic links are followed; see
    /// [`RootOptions::follow_symlinks`](crate::RootOptions::follow_symlinks). Default false.
    pub follow_symlinks: bool,
    /// Whether names that begin with a dot are served and listed. Default false. `.well-known` in
    /// the top folder is always served.
    pub dot_files: bool,
    /// Whether `a.css.br`, `a.css.zst` or `a.css.gz` is sent for `a.css` if the client accepts that
    /// coding. Default false, because each request then looks for siblings. File systems that do
    /// not cache missing names, such as tmpfs, then need a thread for each request.
    ///
    /// A sibling that is older than its file is ignored, because it is probably out of date. Times
    /// are compared in whole seconds, because archives and copies keep no fractions.
    pub precompressed: bool,
    /// Whether a folder without an index file is listed. Default false: the response is 404.
    pub listing: bool,
    /// The maximum number of entries of a listing. Default 1 000. A page that is cut has a note.
    pub listing_limit: usize,
    /// The media types by file extension.
    pub types: Types,
    /// The value of `Cache-Control` for all files. Default `None`: no such field.
    pub cache_control: Option<String>,
}

impl Default for FolderOptions {
    fn default() -> Self {
        Self {
            index_files: vec!["index.html".to_owned()],
            follow_symlinks: false,
            dot_files: false,
            precompressed: false,
            listing: false,
            listing_limit: 1000,
            types: Types::default(),
            cache_control: None,
        }
    }
}

impl FolderOptions {
    /// Checks the options.
    pub(super) fn check(&self) -> Result<(), FolderError> {
        if !self.index_files.iter().all(|name| is_name(name.as_bytes())) {
            return Err(FolderError::InvalidIndexFile);
        }
        let is_value = |value: &String| !value.is_empty() && HeaderValue::from_str(value).is_ok();
        if !self.cache_control.as_ref().is_none_or(is_value) {
            return Err(FolderError::InvalidCacheControl);
        }
        Ok(())
    }
}

/// Why a folder cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderError {
    /// The folder cannot be opened.
    Root(OpenError),
    /// The name of an index file is empty, contains a slash, or is otherwise not a file name.
    InvalidIndexFile,
    /// `cache_control` is not a valid field value.
    InvalidCacheControl,
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(error) => write!(f, "the folder cannot be served: {error}"),
            Self::InvalidIndexFile => f.write_str("an index file is a name without slashes"),
            Self::InvalidCacheControl => f.write_str("cache_control is no field value"),
        }
    }
}

impl std::error::Error for FolderError {}
