//! Media types by file extension, with a charset for text (RFC 9110 section 8.3).
//!
//! Common types are complete strings in a table, so that a request allocates nothing. All others
//! come from `mime_guess` (feature `media-types`); without it they are `application/octet-stream`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use http::HeaderValue;

use crate::registry::media_type;

/// The value of a `Content-Type` field. Cheap to clone.
#[derive(Clone)]
pub struct ContentType(Text);

#[derive(Clone)]
enum Text {
    Known(&'static str),
    Own(Arc<str>),
}

impl ContentType {
    /// The type for unknown content (RFC 9110 section 8.3).
    pub const UNKNOWN: Self = Self(Text::Known("application/octet-stream"));

    /// The field value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Known(text) => text,
            Text::Own(text) => text,
        }
    }
}

impl From<ContentType> for Cow<'static, [u8]> {
    fn from(content_type: ContentType) -> Self {
        match content_type.0 {
            Text::Known(text) => Cow::Borrowed(text.as_bytes()),
            Text::Own(text) => Cow::Owned(text.as_bytes().to_vec()),
        }
    }
}

impl Deref for ContentType {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for ContentType {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for ContentType {}

impl fmt::Debug for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// Media types by file extension.
///
/// ```
/// use tremolo_files::Types;
///
/// let mut types = Types::default();
/// assert_eq!(types.of(b"css/site.CSS").as_str(), "text/css; charset=utf-8");
/// assert_eq!(types.of(b"photo.jpeg").as_str(), "image/jpeg");
/// assert_eq!(types.of(b"Makefile").as_str(), "application/octet-stream");
///
/// assert!(types.set("gcode", "text/x.gcode; charset=us-ascii"));
/// assert_eq!(types.of(b"cube.gcode").as_str(), "text/x.gcode; charset=us-ascii");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Types {
    own: Vec<(Box<str>, ContentType)>,
}

impl Types {
    /// Sets the type for an extension, which has no dot and matches in any case. The type is sent
    /// as it is. Returns false, and changes nothing, if `content_type` is not a valid field value.
    pub fn set(&mut self, extension: &str, content_type: &str) -> bool {
        if HeaderValue::from_str(content_type).is_err() || content_type.is_empty() {
            return false;
        }
        self.own.retain(|(known, _)| !known.eq_ignore_ascii_case(extension));
        self.own.push((extension.into(), ContentType(Text::Own(content_type.into()))));
        true
    }

    /// The content coding that a file of that name is in, if its type is that of what is inside:
    /// `Content-Encoding` of its answer. It is `gzip` for `.svgz`, which has no type of its own
    /// (SVG 1.1 section 1.2 asks servers for exactly this). Other compressed files, `.tar.gz` or
    /// `.css.gz`, are sent as what they are, `application/gzip`: a coding would have browsers store
    /// them decompressed.
    ///
    /// ```
    /// use tremolo_files::Types;
    ///
    /// let types = Types::default();
    /// assert_eq!(types.of(b"logo.svgz").as_str(), "image/svg+xml");
    /// assert_eq!(types.coding_of(b"logo.svgz"), Some("gzip"));
    /// assert_eq!(types.coding_of(b"data.tar.gz"), None);
    /// ```
    #[must_use]
    pub fn coding_of(&self, name: &[u8]) -> Option<&'static str> {
        let is_svgz = extension(name).is_some_and(|found| found.eq_ignore_ascii_case("svgz"));
        // A type of the application's own describes the file as it is stored.
        (is_svgz && self.of(name).starts_with("image/svg+xml")).then_some("gzip")
    }

    /// The type of the file of that name or path.
    #[must_use]
    pub fn of(&self, name: &[u8]) -> ContentType {
        let Some(extension) = extension(name) else { return ContentType::UNKNOWN };
        let is_it = |known: &str| known.eq_ignore_ascii_case(extension);
        if let Some((_, own)) = self.own.iter().find(|(known, _)| is_it(known)) {
            return own.clone();
        }
        if let Some((_, known)) = COMMON.iter().find(|(known, _)| is_it(known)) {
            return ContentType(Text::Known(known));
        }
        match media_type(extension) {
            None => ContentType::UNKNOWN,
            // RFC 7303 section 3: an XML document declares its encoding, which a charset would
            // override.
            Some(text) if text.starts_with("text/") && text != "text/xml" => {
                ContentType(Text::Own(format!("{text}; charset=utf-8").into()))
            }
            Some(other) => ContentType(Text::Known(other)),
        }
    }
}

/// The part after the last dot of the file name; a leading dot does not begin an extension.
fn extension(path: &[u8]) -> Option<&str> {
    let name = path.rsplit(|&b| b == b'/').next()?;
    let dot = name.iter().rposition(|&b| b == b'.').filter(|dot| *dot > 0)?;
    std::str::from_utf8(name.get(dot + 1..)?).ok().filter(|extension| !extension.is_empty())
}

/// What the web is made of, most asked for first; and where `mime_guess` is behind the registry:
/// `mjs` (RFC 9239), `woff` (RFC 8081), `map` (ECMA-426), `tgz` (RFC 6713), `zst` (RFC 8878).
const COMMON: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
    ("woff", "font/woff"),
    ("map", "application/json"),
    ("txt", "text/plain; charset=utf-8"),
    ("htm", "text/html; charset=utf-8"),
    ("md", "text/markdown; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("tgz", "application/gzip"),
    ("zst", "application/zstd"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_follow_the_extension() {
        let types = Types::default();
        for (name, expected) in [
            ("index.html", "text/html; charset=utf-8"),
            ("a/b.min.JS", "text/javascript; charset=utf-8"),
            ("m.mjs", "text/javascript; charset=utf-8"),
            ("a.xml", "text/xml"),
            ("a.vtt", "text/vtt; charset=utf-8"),
            ("a.json", "application/json"),
            ("a.wasm", "application/wasm"),
            ("a.avif", "image/avif"),
            ("a.webmanifest", "application/manifest+json"),
            ("a.mp4", "video/mp4"),
            ("a.pdf", "application/pdf"),
            ("a.svgz", "image/svg+xml"),
            // Two codes in a name: the outer one is what the file is.
            ("a.tar.gz", "application/gzip"),
            ("a.tgz", "application/gzip"),
            ("a.tar.zst", "application/zstd"),
            ("a.svg.gz", "application/gzip"),
            ("a.css.gz", "application/gzip"),
            ("a.unheard-of", "application/octet-stream"),
            ("html", "application/octet-stream"),
            (".html", "application/octet-stream"),
            ("a.", "application/octet-stream"),
            ("a.html/b", "application/octet-stream"),
            ("a.html ", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(types.of(name.as_bytes()).as_str(), expected, "{name:?}");
        }
        assert_eq!(types.of(b"a.\xff"), ContentType::UNKNOWN);
    }

    /// RFC 9110 section 8.4: a coding is a property of the representation, and undone by clients.
    #[test]
    fn only_what_browsers_must_decode_has_a_coding() {
        let mut types = Types::default();
        for (name, expected) in [
            ("a.svgz", Some("gzip")),
            ("a/b.SVGZ", Some("gzip")),
            ("a.svg", None),
            ("a.svg.gz", None),
            ("a.svgz.txt", None),
            ("svgz", None),
            (".svgz", None),
            ("a.tar.gz", None),
            ("a.tgz", None),
            ("a.js.br", None),
        ] {
            assert_eq!(types.coding_of(name.as_bytes()), expected, "{name:?}");
        }
        assert!(types.set("svgz", "image/svg+xml; charset=utf-8"));
        assert_eq!(types.coding_of(b"a.svgz"), Some("gzip"));
        assert!(types.set("svgz", "application/gzip"));
        assert_eq!(types.coding_of(b"a.svgz"), None);
    }

    #[test]
    fn common_types_allocate_nothing() {
        for (extension, _) in COMMON {
            let found = Types::default().of(format!("a.{extension}").as_bytes());
            assert!(matches!(found.0, Text::Known(_)), "{extension}");
        }
    }

    #[test]
    fn custom_types_take_precedence_and_the_last_one_wins() {
        let mut types = Types::default();
        assert!(types.set("HTML", "application/xhtml+xml") && types.set("html", "text/html"));
        assert_eq!(types.of(b"a.html").as_str(), "text/html");
        for bad in ["", "text/html\r\nX: y", "a\0"] {
            assert!(!types.set("html", bad), "{bad:?}");
        }
        assert_eq!(types.of(b"a.html").as_str(), "text/html");
    }
}
