//! The head of a part: its field lines, and the parameters of `Content-Disposition`.
//!
//! RFC 7578 sections 4.2 to 4.8; RFC 8187 for `filename*`. Field lines have the grammar of HTTP
//! (RFC 9112 section 5), without folding. Names are slices of the body unless an escape or an
//! invalid encoding requires a copy.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::str;

use bytes::Bytes;
use memchr::memchr;
use percent_encoding::percent_decode;

use super::MultipartError;
use crate::content::params::{Param, Params, Quoting, is_blank, unescape};
use crate::content::{Charset, ContentError};
use crate::http1::grammar::{is_token, trim};

/// The fields of one part. It keeps the fed piece alive: copy what must outlive the body.
#[derive(Clone, PartialEq, Eq)]
pub struct PartHead {
    /// Field lines, each with its CRLF.
    lines: Bytes,
    name: Text,
    filename: Option<Text>,
    content_type: Option<Text>,
}

impl PartHead {
    /// Parses complete field lines, each with its CRLF.
    pub(super) fn parse(lines: Bytes) -> Result<Self, MultipartError> {
        let mut disposition = None;
        let mut content_type = None;
        for line in Lines::of(&lines) {
            let (name, value) = checked(line?, &lines)?;
            let known = if name.eq_ignore_ascii_case(b"content-disposition") {
                &mut disposition
            } else if name.eq_ignore_ascii_case(b"content-type") {
                &mut content_type
            } else {
                continue;
            };
            if known.replace(value).is_some() {
                return Err(MultipartError::RepeatedField);
            }
        }
        let disposition = disposition.ok_or(MultipartError::MissingDisposition)?;
        let Disposition { name, filename } = Disposition::of(&lines, disposition)?;
        let content_type = content_type.map(|at| Text::raw(&lines, at));
        Ok(Self { name, filename, content_type, lines })
    }

    /// The name of the form control, possibly empty. Invalid UTF-8 is replaced by U+FFFD.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.get(&self.lines)
    }

    /// The name of the file as sent by the peer: it may contain slashes, a drive, `..`, anything. A
    /// part with a file name is a file, even if the name is empty (no file was chosen). `filename*`
    /// takes precedence over `filename`, unless it cannot be decoded: then it is ignored, and
    /// without a `filename` the name is empty (RFC 6266 section 4.3).
    #[must_use]
    pub fn filename(&self) -> Option<&str> {
        self.filename.as_ref().map(|text| text.get(&self.lines))
    }

    /// The `Content-Type` of the part. Without one it is `text/plain` (RFC 7578 section 4.4).
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_ref().map(|text| text.get(&self.lines))
    }

    /// The charset in the `Content-Type` of the part; `None` means UTF-8 (RFC 7578 section 5.1.2).
    ///
    /// # Errors
    ///
    /// Those of [`Charset::declared`].
    pub fn charset(&self) -> Result<Option<Charset>, ContentError> {
        Charset::declared(self.content_type().unwrap_or_default().as_bytes())
    }

    /// All fields, in order and as sent, without whitespace around the values.
    pub fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        Lines::of(&self.lines).filter_map(|line| {
            let line = self.lines.get(line.ok()?)?;
            let (name, value) = line.split_at_checked(memchr(b':', line)?)?;
            Some((name, trim(value.get(1..)?)))
        })
    }
}

impl fmt::Debug for PartHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartHead")
            .field("name", &self.name())
            .field("filename", &self.filename())
            .field("content_type", &self.content_type())
            .finish_non_exhaustive()
    }
}

/// A text of the head: its range, or a decoded copy.
///
/// The range is checked as UTF-8 on each access, which is cheaper than an allocation per name.
#[derive(Clone, PartialEq, Eq)]
enum Text {
    Raw(Range<usize>),
    Decoded(String),
}

impl Text {
    fn raw(lines: &[u8], at: Range<usize>) -> Self {
        let bytes = lines.get(at.clone()).unwrap_or_default();
        match str::from_utf8(bytes) {
            Ok(_) => Self::Raw(at),
            Err(_) => Self::Decoded(String::from_utf8_lossy(bytes).into_owned()),
        }
    }

    fn get<'a>(&'a self, lines: &'a [u8]) -> &'a str {
        match self {
            Self::Raw(at) => {
                lines.get(at.clone()).and_then(|b| str::from_utf8(b).ok()).unwrap_or_default()
            }
            Self::Decoded(text) => text,
        }
    }
}

struct Disposition {
    name: Text,
    filename: Option<Text>,
}

impl Disposition {
    /// Browsers, curl and requests send a name that ends in a backslash as `"name\"`, which is
    /// malformed if `\"` is an escape. A well-formed value with `\"` is not from these clients,
    /// because they write `%22`. So the interpretation under which the value is well-formed is
    /// used.
    fn of(lines: &[u8], at: Range<usize>) -> Result<Self, MultipartError> {
        match Self::parse(lines, at.clone(), Quoting::Escaped) {
            Err(MultipartError::InvalidDisposition) => Self::parse(lines, at, Quoting::Literal),
            result => result,
        }
    }

    fn parse(lines: &[u8], at: Range<usize>, quoting: Quoting) -> Result<Self, MultipartError> {
        let base = at.start;
        let (kind, params) = Params::split(lines.get(at).unwrap_or_default(), quoting);
        if !trim(kind).eq_ignore_ascii_case(b"form-data") {
            return Err(MultipartError::InvalidDisposition);
        }
        let (mut name, mut filename) = (Pair::default(), Pair::default());
        for param in params {
            let param = param.map_err(|_| MultipartError::InvalidDisposition)?;
            let bare = param.name.strip_suffix(b"*").unwrap_or(param.name);
            if bare.eq_ignore_ascii_case(b"name") {
                name.set(lines, base, &param)?;
            } else if bare.eq_ignore_ascii_case(b"filename") {
                filename.set(lines, base, &param)?;
            }
        }
        Ok(Self {
            name: name.best().ok_or(MultipartError::MissingName)?,
            filename: filename.best_or_empty(),
        })
    }
}

/// A parameter and its extended form, `name` and `name*`.
#[derive(Default)]
struct Pair {
    plain: Option<Text>,
    /// `Some(None)` if it cannot be decoded.
    extended: Option<Option<Text>>,
}

impl Pair {
    fn set(&mut self, lines: &[u8], base: usize, param: &Param<'_>) -> Result<(), MultipartError> {
        let is_repeated = if param.name.ends_with(b"*") {
            self.extended.replace(extended(param.value).map(Text::Decoded)).is_some()
        } else {
            self.plain.replace(plain(lines, base, param)).is_some()
        };
        if is_repeated { Err(MultipartError::InvalidDisposition) } else { Ok(()) }
    }

    /// The extended form takes precedence, unless it cannot be decoded (RFC 6266 section 4.3).
    fn best(self) -> Option<Text> {
        self.extended.flatten().or(self.plain)
    }

    /// The same; but a file whose name cannot be decoded is still a file.
    #[inline]
    fn best_or_empty(self) -> Option<Text> {
        let is_there = self.extended.is_some();
        self.best().or_else(|| is_there.then(|| Text::Decoded(String::new())))
    }
}

fn plain(lines: &[u8], base: usize, param: &Param<'_>) -> Text {
    if param.quoted
        && let Cow::Owned(bytes) = unescape(param.value)
    {
        let text = String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        return Text::Decoded(text);
    }
    let start = base + param.start;
    Text::raw(lines, start..start + param.value.len())
}

/// `charset'language'value`, RFC 8187 section 3.2.1; it requires UTF-8, RFC 5987 also allowed Latin-1.
fn extended(value: &[u8]) -> Option<String> {
    let mut items = value.splitn(3, |&b| b == b'\'');
    let (charset, _language, encoded) = (items.next()?, items.next()?, items.next()?);
    let decoded = percent_decode(encoded);
    if charset.eq_ignore_ascii_case(b"utf-8") {
        String::from_utf8(decoded.collect()).ok()
    } else if charset.eq_ignore_ascii_case(b"iso-8859-1") {
        Some(decoded.map(char::from).collect())
    } else {
        None
    }
}

/// Iterates over lines, as ranges without their CRLF.
struct Lines<'a> {
    lines: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    fn of(lines: &'a [u8]) -> Self {
        Self { lines, at: 0 }
    }
}

impl Iterator for Lines<'_> {
    type Item = Result<Range<usize>, MultipartError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.lines.get(self.at..).filter(|rest| !rest.is_empty())?;
        let (line, end) = rest.split_at(memchr(b'\r', rest).unwrap_or(rest.len()));
        let start = self.at;
        self.at += line.len() + 2;
        Some(match end {
            [b'\r', b'\n', ..] => Ok(start..start + line.len()),
            _ => Err(MultipartError::InvalidLineEnd),
        })
    }
}

/// The name of a field, and the range of its value.
fn checked(line: Range<usize>, lines: &[u8]) -> Result<(&[u8], Range<usize>), MultipartError> {
    let start = line.start;
    let line = lines.get(line).unwrap_or_default();
    let colon = memchr(b':', line).unwrap_or(line.len());
    let (name, rest) = line.split_at(colon);
    // No early exit, so that the loop is vectorized.
    let control = rest.iter().fold(false, |found, byte| found | is_control(*byte));
    if control || rest.is_empty() || !is_token(name) {
        return Err(match memchr(b'\n', line) {
            Some(_) => MultipartError::InvalidLineEnd,
            None => MultipartError::InvalidField,
        });
    }
    let value = rest.get(1..).unwrap_or_default();
    let start = start + colon + 1 + value.iter().take_while(|b| is_blank(b)).count();
    Ok((name, start..start + trim(value).len()))
}

fn is_control(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f
}
