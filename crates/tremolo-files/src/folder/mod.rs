//! Serving a folder: finds the file, redirect or listing for a request.
//!
//! Handles GET and HEAD alike (RFC 9110 section 9.3.2), index files, the slash after a folder's
//! name, and precompressed siblings. The engine handles ranges and conditional requests, with the
//! file that was found; the front sends the response.

mod answer;
mod listing;
mod options;
mod reference;

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use http::Method;
use tremolo_core::negotiation::{AcceptEncoding, Coding};

use crate::system::Wait;
use crate::{ContentType, OpenError, OpenFile, Root, RootOptions, SafePath};

pub use answer::FolderAnswer;
pub use options::{FolderError, FolderOptions};

/// A request for something in a folder.
#[derive(Clone, Copy, Debug)]
pub struct Lookup<'a> {
    /// The method.
    pub method: &'a Method,
    /// The whole path of the request, not decoded.
    pub path: &'a [u8],
    /// The part of the path after the prefix that the folder is mounted at.
    pub rest: &'a [u8],
    /// The query, without the question mark.
    pub query: Option<&'a [u8]>,
    /// The codings that the client accepts.
    pub accept_encoding: AcceptEncoding,
}

/// The result of a lookup.
#[derive(Debug)]
pub enum Found {
    /// 200, unless ranges or conditions apply.
    File(FoundFile),
    /// The request names a folder without its slash: 301 or 308 with this `Location`. It is a
    /// relative reference that cannot lead to another host.
    Redirect {
        /// The value of `Location`, in ASCII.
        location: String,
    },
    /// 200 with a page that lists the folder.
    Listing {
        /// The page in HTML.
        html: String,
    },
    /// 404: there is no such file.
    NotFound,
    /// 403: the file exists, but the server may not read it.
    Forbidden,
    /// 405, with [`Folder::ALLOW`] as the `Allow` field.
    MethodNotAllowed,
}

/// A file and the fields that describe it.
#[derive(Debug)]
pub struct FoundFile {
    /// The file to send, or its compressed sibling. Length and dates are those of the sibling.
    pub file: OpenFile,
    /// The media type of the decoded content.
    pub content_type: ContentType,
    /// `Content-Encoding`, if it is a sibling, or a file that is decoded to its type (`.svgz`).
    pub content_encoding: Option<&'static str>,
    /// Whether the response needs `Vary: Accept-Encoding`, because another request may get another
    /// file. True for all files that may have siblings, even if none exists yet.
    pub vary: bool,
}

/// A folder that is served.
///
/// ```no_run
/// use tremolo_files::{Folder, FolderOptions, Found, Lookup, OpenError};
/// # use http::Method;
/// # use tremolo_core::negotiation::AcceptEncoding;
///
/// let options = FolderOptions { precompressed: true, ..FolderOptions::default() };
/// let folder = Folder::new("/srv/www", options)?;
/// let lookup = Lookup {
///     method: &Method::GET,
///     path: b"/static/site.css",
///     rest: b"/site.css",
///     query: None,
///     accept_encoding: AcceptEncoding::parse([&b"br, gzip"[..]]),
/// };
/// let found = match folder.find_cached(&lookup) {
// On a thread that may block.
///     Err(OpenError::WouldBlock) => folder.find(&lookup),
///     found => found,
/// }?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Folder {
    root: Root,
    options: FolderOptions,
}

impl Folder {
    /// The `Allow` field of a 405 response.
    pub const ALLOW: &str = "GET, HEAD";

    /// Opens the folder `path`; see [`Root::new`]. May block on the disk.
    ///
    /// # Errors
    ///
    /// [`FolderError`] if the folder cannot be opened, or an option is invalid.
    pub fn new(path: impl AsRef<Path>, options: FolderOptions) -> Result<Self, FolderError> {
        options.check()?;
        let links = RootOptions { follow_symlinks: options.follow_symlinks };
        let root = Root::new(path, links).map_err(FolderError::Root)?;
        Ok(Self { root, options })
    }

    /// Finds what to send, without blocking.
    ///
    /// # Errors
    ///
    /// [`OpenError::WouldBlock`] if the caller must use [`Folder::find`]: the file is not in the
    /// caches of the system, or a folder must be listed. [`OpenError::Io`] if the system fails.
    pub fn find_cached(&self, lookup: &Lookup<'_>) -> Result<Found, OpenError> {
        self.look_up(lookup, Wait::Never)
    }

    /// Finds what to send. May block on the disk: call it on a thread.
    ///
    /// # Errors
    ///
    /// [`OpenError::Io`] if the system fails.
    pub fn find(&self, lookup: &Lookup<'_>) -> Result<Found, OpenError> {
        self.look_up(lookup, Wait::Allowed)
    }

    /// The `Cache-Control` value for all files; `None` for no such field.
    #[must_use]
    pub fn cache_control(&self) -> Option<&str> {
        self.options.cache_control.as_deref()
    }

    fn look_up(&self, lookup: &Lookup<'_>, wait: Wait) -> Result<Found, OpenError> {
        if !matches!(*lookup.method, Method::GET | Method::HEAD) {
            return Ok(Found::MethodNotAllowed);
        }
        let Some(path) = SafePath::parse(lookup.rest, self.options.dot_files) else {
            return Ok(Found::NotFound);
        };
        let found = if !path.is_folder() {
            self.file(&path, lookup, wait)
        } else if lookup.path.ends_with(b"/") {
            self.index(&path, lookup, wait)
        } else {
            // The prefix itself, without its slash.
            Err(OpenError::IsDirectory)
        };
        match found {
            Ok(found) => Ok(found),
            Err(OpenError::IsDirectory) => {
                Ok(Found::Redirect { location: reference::to_folder(lookup.path, lookup.query) })
            }
            Err(OpenError::NotFound | OpenError::NotAFile) => Ok(Found::NotFound),
            Err(OpenError::Denied) => Ok(Found::Forbidden),
            Err(error @ (OpenError::WouldBlock | OpenError::Io(_))) => Err(error),
        }
    }

    /// Finds the index file or the listing of a folder.
    fn index(
        &self,
        folder: &SafePath,
        lookup: &Lookup<'_>,
        wait: Wait,
    ) -> Result<Found, OpenError> {
        for name in &self.options.index_files {
            match self.file(&folder.join(name.as_bytes()), lookup, wait) {
                // A folder with the name of an index file is ignored.
                Err(OpenError::NotFound | OpenError::NotAFile | OpenError::IsDirectory) => {}
                found => return found,
            }
        }
        match (self.options.listing, wait) {
            (false, _) => Err(OpenError::NotFound),
            (true, Wait::Never) => Err(OpenError::WouldBlock),
            (true, Wait::Allowed) => {
                let html = listing::page(&self.root, folder, lookup.path, &self.options)?;
                Ok(Found::Listing { html })
            }
        }
    }

    fn file(&self, path: &SafePath, lookup: &Lookup<'_>, wait: Wait) -> Result<Found, OpenError> {
        let file = self.root.open_file(path, wait)?;
        let name = path.as_path().as_os_str().as_bytes();
        let content_type = self.options.types.of(name);
        let own_coding = self.options.types.coding_of(name);
        // What is compressed has no compressed siblings.
        let vary = self.options.precompressed
            && own_coding.is_none()
            && !SUFFIXES.iter().any(|(_, suffix)| name.ends_with(suffix.as_bytes()));
        let sibling =
            if vary { self.sibling(&file, path, &lookup.accept_encoding, wait)? } else { None };
        let (file, content_encoding) = match sibling {
            Some((sibling, coding)) => (sibling, Some(coding.as_str())),
            None => (file, own_coding),
        };
        Ok(Found::File(FoundFile { file, content_type, content_encoding, vary }))
    }

    /// The compressed sibling that the client prefers to the file; `None` to send the file. A
    /// client that accepts neither gets the file (RFC 9110 section 15.5.7).
    fn sibling(
        &self,
        file: &OpenFile,
        path: &SafePath,
        accepted: &AcceptEncoding,
        wait: Wait,
    ) -> Result<Option<(OpenFile, Coding)>, OpenError> {
        for coding in accepted.in_order().take_while(|coding| *coding != Coding::Identity) {
            let Some((_, suffix)) = SUFFIXES.iter().find(|(known, _)| *known == coding) else {
                continue;
            };
            match self.root.open_file(&path.with_suffix(suffix), wait) {
                Ok(sibling) if sibling.modified_seconds() >= file.modified_seconds() => {
                    return Ok(Some((sibling, coding)));
                }
                Err(OpenError::WouldBlock) => return Err(OpenError::WouldBlock),
                // The sibling is too old or not a readable file: send the file itself.
                Ok(_) | Err(_) => {}
            }
        }
        Ok(None)
    }
}

const SUFFIXES: &[(Coding, &str)] =
    &[(Coding::Br, ".br"), (Coding::Zstd, ".zst"), (Coding::Gzip, ".gz")];

#[cfg(test)]
mod tests;
