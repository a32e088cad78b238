//! Converts the path of a URL to the name of a file under a root, or refuses it (RFC 3986 sections
//! 2.1 and 3.3; CWE-22).
//!
//! The path is decoded once, and then checked. A path with two possible meanings is refused.
//! Symbolic links are checked by [`Root`](crate::Root), not here.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use percent_encoding::percent_decode;

/// Bytes of one name: the maximum of Unix file systems.
const NAME_LIMIT: usize = 255;

/// Bytes of a whole path. It leaves space below `PATH_MAX` for an index file or a suffix.
const PATH_LIMIT: usize = 3584;

/// The only folder whose name may begin with a dot, and only at the top (RFC 8615).
const WELL_KNOWN: &[u8] = b".well-known";

/// The path of a file or folder relative to a root, which cannot lead out of the root.
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
    /// Parses the path of a URL, not decoded, with or without its first slash: the part after the
    /// prefix that a folder is mounted at.
    ///
    /// `None`, which means 404, for these paths, however they are encoded:
    ///
    /// - segments `.` and `..`, and empty segments except at the end;
    /// - an encoded slash, a backslash, a NUL;
    /// - names that begin with a dot, unless `dot_files`. The exception is `.well-known` as the
    ///   first segment, which certificate renewal needs (RFC 8615); names below it follow the rule;
    /// - percent signs without two hexadecimal digits;
    /// - names and paths that are too long for the system.
    ///
    /// All other names are accepted: bytes that are not UTF-8, an encoded percent sign (it is not
    /// decoded twice), a dot or a space at the end, `C:`.
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

    /// The path relative to the root; empty for the root itself.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.bytes))
    }

    /// Whether the path can only be a folder: it ends with a slash, or is the root.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.is_folder
    }

    /// Whether the path is the root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The path of `name` in this folder. [`is_name`] must be true for `name`.
    pub(crate) fn join(&self, name: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(self.bytes.len() + 1 + name.len());
        bytes.extend_from_slice(&self.bytes);
        if !bytes.is_empty() {
            bytes.push(b'/');
        }
        bytes.extend_from_slice(name);
        Self { bytes, is_folder: false }
    }

    /// The path with `suffix` appended to the last name.
    pub(crate) fn with_suffix(&self, suffix: &str) -> Self {
        Self { bytes: [&self.bytes, suffix.as_bytes()].concat(), is_folder: false }
    }
}

/// Whether a URL can request a file with this name.
pub(crate) fn is_name(name: &[u8]) -> bool {
    !matches!(name, b"" | b"." | b"..")
        && name.len() <= NAME_LIMIT
        && !name.iter().any(|b| matches!(b, 0 | b'/' | b'\\'))
}

/// Whether two hexadecimal digits follow each percent sign (RFC 3986 section 2.1).
fn is_well_encoded(segment: &[u8]) -> bool {
    segment.split(|&b| b == b'%').skip(1).all(|behind| {
        matches!(behind, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests;
