//! What of a folder is served, and how: the choices of who serves it, and which of them make no
//! sense.

use std::fmt;

use http::HeaderValue;

use crate::path::is_name;
use crate::{OpenError, Types};

/// What is served of a folder, and how.
#[derive(Clone, Debug)]
pub struct FolderOptions {
    /// What a folder is shown as: the first of these files that it has. Default `index.html`.
    pub index_files: Vec<String>,
    /// Whether symbolic links are followed: see
    /// [`RootOptions::follow_symlinks`](crate::RootOptions::follow_symlinks). Default false.
    pub follow_symlinks: bool,
    /// Whether names that begin with a dot are served and listed. Default false; `.well-known` at
    /// the top is served nevertheless.
    pub dot_files: bool,
    /// Whether `a.css.br`, `a.css.zst` or `a.css.gz` is sent for `a.css` to those who take that
    /// coding. Default false: each request then looks for them. (On file systems that do not
    /// remember which names they lack, such as tmpfs, that takes a thread for each request.)
    ///
    /// One that is older than its file, in whole seconds, is left alone: it was forgotten when the
    /// file was replaced. Whole, because archives and copies keep no more.
    pub precompressed: bool,
    /// Whether a folder without an index file is listed. Default false: it is not found.
    pub listing: bool,
    /// Entries of a listing. Default 1 000; the page says when there are more.
    pub listing_limit: usize,
    /// The types by extension.
    pub types: Types,
    /// `Cache-Control` of what is sent. Default none.
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
    /// Whether they can be carried out.
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
    /// It cannot be opened.
    Root(OpenError),
    /// An index file is no plain name.
    InvalidIndexFile,
    /// `cache_control` cannot be the value of a field.
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
