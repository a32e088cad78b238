//! From the path of a URL to the name of a file under a root, or to nothing (RFC 3986 sections 2.1
//! and 3.3; CWE-22).
//!
//! Decodes once and judges what came out: whatever might be understood in two ways is refused.
//! Knows no file system: that a clean name stays under its root is [`Root`](crate::Root)'s to see
//! to, for links.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use percent_encoding::percent_decode;

/// Bytes of one name: what every file system of Unix takes at most.
const NAME_LIMIT: usize = 255;

/// Bytes of a whole name, below `PATH_MAX` by room for an index file or a suffix.
const PATH_LIMIT: usize = 3584;

/// The one folder whose name may begin with a dot, and only at the top (RFC 8615).
const WELL_KNOWN: &[u8] = b".well-known";

/// The name of a file or a folder, relative to a root, and harmless.
///
/// ```
/// use tremolo_files::SafePath;
///
/// let path = SafePath::parse(b"/css/caf%C3%A9.css", false).unwrap();
/// assert_eq!(path.as_path().to_str(), Some("css/café.css"));
/// assert!(SafePath::parse(b"/a/%2e%2e/b", false).is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafePath {
    bytes: Vec<u8>,
    is_folder: bool,
}

impl SafePath {
    /// Reads the raw path of a URL, with or without its first slash: what is behind the prefix
    /// that a folder is mounted at.
    ///
    /// `None`, and so 404, for all of this, however it is spelled:
    ///
    /// - segments `.` and `..`, empty segments but for a slash at the end;
    /// - a slash that was encoded, a backslash, a NUL;
    /// - names that begin with a dot, unless `dot_files`. `.well-known` is let through as the first
    ///   segment (RFC 8615: certificates are renewed by it); what it holds is not;
    /// - percent signs without two hexadecimal digits behind them;
    /// - names and paths that are too long for the system.
    ///
    /// Everything else is a name like any other: bytes that are no UTF-8, an encoded percent sign
    /// (nothing is decoded twice), a dot or a blank at the end, `C:`.
    #[must_use]
    pub fn parse(raw: &[u8], dot_files: bool) -> Option<Self> {
        let raw = raw.strip_prefix(b"/").unwrap_or(raw);
        let (names, is_folder) = match raw.strip_suffix(b"/") {
            Some(names) => (names, true),
            None => (raw, raw.is_empty()),
        };
        let mut path = Self { bytes: Vec::with_capacity(raw.len()), is_folder };
        if raw.is_empty() {
            return Some(path);
        }
        for segment in names.split(|&b| b == b'/') {
            path.push(segment, dot_files)?;
        }
        (path.bytes.len() <= PATH_LIMIT).then_some(path)
    }

    fn push(&mut self, segment: &[u8], dot_files: bool) -> Option<()> {
        if !is_well_encoded(segment) {
            return None;
        }
        if !self.bytes.is_empty() {
            self.bytes.push(b'/');
        }
        let start = self.bytes.len();
        self.bytes.extend(percent_decode(segment));
        let name = self.bytes.get(start..)?;
        let is_allowed = is_name(name)
            && (dot_files || !name.starts_with(b".") || (start == 0 && name == WELL_KNOWN));
        is_allowed.then_some(())
    }

    /// The name, relative to the root; empty for the root itself.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.bytes))
    }

    /// Whether only a folder can be meant: it ends with a slash, or is the root.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.is_folder
    }

    /// Whether it is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.bytes.is_empty()
    }

    /// A file of that name in this folder. The name has passed [`is_name`].
    pub(crate) fn join(&self, name: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(self.bytes.len() + 1 + name.len());
        bytes.extend_from_slice(&self.bytes);
        if !bytes.is_empty() {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(name);
        Self { bytes, is_folder: false }
    }

    /// The same name with something more at its end.
    pub(crate) fn with_suffix(&self, suffix: &str) -> Self {
        Self { bytes: [&self.bytes, suffix.as_bytes()].concat(), is_folder: false }
    }
}

/// Whether this can be the name of a file that a URL can ask for.
pub(crate) fn is_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..")
        && name.len() <= NAME_LIMIT
        && !name.iter().any(|b| matches!(b, 0 | b'/' | b'\\'))
}

/// Whether every percent sign has its two digits (RFC 3986 section 2.1).
fn is_well_encoded(segment: &[u8]) -> bool {
    segment.split(|&b| b == b'%').skip(1).all(|behind| {
        matches!(behind, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests;
