//! What a request for something in a folder is answered with: a file, another address, a listing,
//! or nothing. The decision; sending it is the front's.
//!
//! GET and HEAD alike (RFC 9110 section 9.3.2), index files, the slash behind a folder's name,
//! precompressed siblings. Knows no ranges and no conditions: those are asked of the file that
//! comes out.

mod listing;
mod options;
mod reference;

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use http::Method;
use tremolo_core::negotiation::{AcceptEncoding, Coding};

use crate::system::Wait;
use crate::{ContentType, OpenError, OpenFile, Root, RootOptions, SafePath};

pub use options::{FolderError, FolderOptions};

/// What a request asks of a folder.
#[derive(Clone, Copy, Debug)]
pub struct Lookup<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its path as it came, whole.
    pub path: &'a [u8],
    /// What of it is behind the prefix that the folder is mounted at.
    pub rest: &'a [u8],
    /// Its query, without the question mark.
    pub query: Option<&'a [u8]>,
    /// Which codings the client takes.
    pub accept_encoding: AcceptEncoding,
}

/// The answer.
#[derive(Debug)]
pub enum Found {
    /// 200, or what ranges and conditions make of it.
    File(FoundFile),
    /// A folder is meant and its slash is missing: 301 or 308 with this `Location`, a relative
    /// reference that cannot lead to another host.
    Redirect {
        /// The reference, in ASCII.
        location: String,
    },
    /// 200: what is in the folder, a page in HTML.
    Listing {
        /// The page.
        html: String,
    },
    /// 404.
    NotFound,
    /// 403: it is there and may not be read.
    Forbidden,
    /// 405 with [`Folder::ALLOW`].
    MethodNotAllowed,
}

/// A file and what is said about it.
#[derive(Debug)]
pub struct FoundFile {
    /// What is sent: the file, or its compressed sibling. Length and dates are the sibling's own.
    pub file: OpenFile,
    /// The type of what it is when decoded.
    pub content_type: ContentType,
    /// `Content-Encoding`, if it is a sibling, or a file that is decoded to its type (`.svgz`).
    pub content_encoding: Option<&'static str>,
    /// Whether `Vary: Accept-Encoding` is due: another request might get another one. That holds
    /// for every file while siblings are looked for, because one may come.
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
///     // On a thread.
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
    /// `Allow` of a 405.
    pub const ALLOW: &str = "GET, HEAD";

    /// Opens the folder of that name: see [`Root::new`]. May wait for a disk.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, or an option makes no sense.
    pub fn new(path: impl AsRef<Path>, options: FolderOptions) -> Result<Self, FolderError> {
        options.check()?;
        let links = RootOptions { follow_symlinks: options.follow_symlinks };
        let root = Root::new(path, links).map_err(FolderError::Root)?;
        Ok(Self { root, options })
    }

    /// Answers a request without waiting.
    ///
    /// # Errors
    ///
    /// [`OpenError::WouldBlock`] if only [`Folder::find`] can tell: something is not in the caches
    /// of the system, or has to be listed. [`OpenError::Io`] if the system failed.
    pub fn find_cached(&self, lookup: &Lookup<'_>) -> Result<Found, OpenError> {
        self.look_up(lookup, Wait::Never)
    }

    /// Answers a request. May wait for a disk: for a thread.
    ///
    /// # Errors
    ///
    /// [`OpenError::Io`] if the system failed.
    pub fn find(&self, lookup: &Lookup<'_>) -> Result<Found, OpenError> {
        self.look_up(lookup, Wait::Allowed)
    }

    /// `Cache-Control` of what is sent.
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
            // The mount itself, without its slash.
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

    /// What a folder is shown as.
    fn index(
        &self,
        folder: &SafePath,
        lookup: &Lookup<'_>,
        wait: Wait,
    ) -> Result<Found, OpenError> {
        for name in &self.options.index_files {
            match self.file(&folder.join(name.as_bytes()), lookup, wait) {
                // A folder of that name is not what is meant.
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

    /// The sibling of a file that the client likes best, if it likes one better than the file.
    /// Who takes neither the file as it is nor any sibling gets the file (RFC 9110 section
    /// 15.5.7).
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
                // Too old, or nothing that could be sent: the file itself can.
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
