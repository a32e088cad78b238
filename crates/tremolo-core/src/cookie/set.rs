//! The cookie of a response: the value of a `Set-Cookie` field (RFC 6265 section 4.1).
//!
//! No cookie library is used, for two reasons: the attributes have the order of the original
//! Tremolo, and a value that could end the field early must be refused.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_encode};

use crate::Misuse;
use crate::date::DateLine;
use crate::http1::grammar::is_token;

/// A cookie that a response sets, changes or deletes (RFC 6265 section 4.1).
///
/// Set the fields directly or with the methods. The cookie is checked only by
/// [`write_to`](Self::write_to). A pair of name and value converts into a cookie.
///
/// ```
/// use tremolo_core::cookie::{SameSite, SetCookie};
///
/// let mut out = Vec::new();
/// SetCookie::from(("theme", "dark blue")).write_to(0, &mut out)?;
/// assert_eq!(out, b"theme=dark%20blue; path=/");
///
/// out.clear();
/// let login = SetCookie::new("__Host-id", "7f3a").secure().http_only().same_site(SameSite::Lax);
/// login.write_to(0, &mut out)?;
/// assert_eq!(out, b"__Host-id=7f3a; path=/; samesite=Lax; secure; httponly");
/// # Ok::<(), tremolo_core::Misuse>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCookie<'a> {
    /// The name: a token (RFC 9110 section 5.6.2).
    pub name: Cow<'a, str>,
    /// The value: any text. Percent-encoded on the wire.
    pub value: Cow<'a, str>,
    /// The lifetime in seconds. Default 0: the cookie lives until the browser ends. A negative
    /// number deletes the cookie.
    pub expires: i64,
    /// The path that the cookie is sent to, with all paths below. Default `/`. If empty, the
    /// browser derives the path from the request.
    pub path: Cow<'a, str>,
    /// The domain that the cookie is sent to, with all domains below. Default `None`: only the host
    /// that sets it.
    pub domain: Option<Cow<'a, str>>,
    /// Whether the cookie is sent over TLS only. Default false.
    pub secure: bool,
    /// Whether the cookie is hidden from scripts. Default false.
    pub http_only: bool,
    /// Whether the cookie is sent with requests from other sites. Default `None`: the browser
    /// decides.
    pub same_site: Option<SameSite>,
}

impl<'a> SetCookie<'a> {
    /// A cookie for all paths of the host that sets it, until the browser ends.
    #[must_use]
    pub fn new(name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            expires: 0,
            path: Cow::Borrowed("/"),
            domain: None,
            secure: false,
            http_only: false,
            same_site: None,
        }
    }

    /// Sets the lifetime, in whole seconds. Less than one second deletes the cookie.
    #[must_use]
    pub fn max_age(self, lifetime: Duration) -> Self {
        let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
        Self { expires: if seconds > 0 { seconds } else { -1 }, ..self }
    }

    /// Restricts the cookie to `path` and the paths below.
    #[must_use]
    pub fn path(self, path: impl Into<Cow<'a, str>>) -> Self {
        Self { path: path.into(), ..self }
    }

    /// Extends the cookie to `domain` and all domains below.
    #[must_use]
    pub fn domain(self, domain: impl Into<Cow<'a, str>>) -> Self {
        Self { domain: Some(domain.into()), ..self }
    }

    /// Restricts the cookie to TLS.
    #[must_use]
    pub fn secure(self) -> Self {
        Self { secure: true, ..self }
    }

    /// Hides the cookie from scripts.
    #[must_use]
    pub fn http_only(self) -> Self {
        Self { http_only: true, ..self }
    }

    /// Sets whether the cookie is sent with requests from other sites.
    #[must_use]
    pub fn same_site(self, same_site: SameSite) -> Self {
        Self { same_site: Some(same_site), ..self }
    }

    /// Appends the value of the `Set-Cookie` field to `out`. `unix_seconds` is the current time,
    /// for the `expires` attribute.
    ///
    /// # Errors
    ///
    /// [`Misuse::InvalidCookie`] in these cases; `out` is then unchanged:
    /// - The name is not a token.
    /// - The path contains CR, LF, NUL or `;`.
    /// - The domain contains `;`, `,` or a byte that is not visible ASCII.
    /// - `SameSite=None` without `secure`: browsers drop such a cookie.
    /// - The name has the prefix `__Secure-` and `secure` is not set. Prefixes match in any case.
    /// - The name has the prefix `__Host-`, and `secure` is not set, a domain is set, or the path
    ///   is not `/`.
    pub fn write_to(&self, unix_seconds: u64, out: &mut Vec<u8>) -> Result<(), Misuse> {
        self.check()?;
        out.extend_from_slice(self.name.as_bytes());
        out.push(b'=');
        extend_encoded(out, &self.value, NOT_IN_VALUE);
        match u64::try_from(self.expires) {
            Ok(0) => {}
            Ok(age) => extend_lifetime(out, unix_seconds.saturating_add(age), age),
            Err(_) => extend_lifetime(out, 0, 0),
        }
        if !self.path.is_empty() {
            out.extend_from_slice(b"; path=");
            extend_encoded(out, &self.path, NOT_IN_PATH);
        }
        if let Some(domain) = self.domain.as_deref().filter(|domain| !domain.is_empty()) {
            out.extend_from_slice(b"; domain=");
            out.extend_from_slice(domain.as_bytes());
        }
        if let Some(same_site) = self.same_site {
            out.extend_from_slice(b"; samesite=");
            out.extend_from_slice(same_site.as_str().as_bytes());
        }
        if self.secure {
            out.extend_from_slice(b"; secure");
        }
        if self.http_only {
            out.extend_from_slice(b"; httponly");
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Misuse> {
        let domain = self.domain.as_deref().unwrap_or_default();
        let for_host = has_prefix(&self.name, "__Host-");
        let needs_secure = for_host
            || has_prefix(&self.name, "__Secure-")
            || self.same_site == Some(SameSite::None);
        let is_sound = is_token(self.name.as_bytes())
            && !self.path.bytes().any(|b| matches!(b, b'\r' | b'\n' | 0 | b';'))
            && domain.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b';' | b','))
            && (self.secure || !needs_secure)
            && (!for_host || (self.path == "/" && domain.is_empty()));
        if is_sound { Ok(()) } else { Err(Misuse::InvalidCookie) }
    }
}

impl<'a, N, V> From<(N, V)> for SetCookie<'a>
where
    N: Into<Cow<'a, str>>,
    V: Into<Cow<'a, str>>,
{
    fn from((name, value): (N, V)) -> Self {
        Self::new(name, value)
    }
}

/// Whether a cookie is sent with requests that come from other sites.
///
/// Parses from its name in any case; the error is [`Misuse::InvalidCookie`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SameSite {
    /// Only when the user follows a link.
    Lax,
    /// Never.
    Strict,
    /// Always. The cookie must be `secure`.
    None,
}

impl SameSite {
    /// The spelling on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lax => "Lax",
            Self::Strict => "Strict",
            Self::None => "None",
        }
    }
}

impl FromStr for SameSite {
    type Err = Misuse;

    fn from_str(name: &str) -> Result<Self, Misuse> {
        [Self::Lax, Self::Strict, Self::None]
            .into_iter()
            .find(|same_site| same_site.as_str().eq_ignore_ascii_case(name))
            .ok_or(Misuse::InvalidCookie)
    }
}

/// Compares without case, because browsers do: `__host-` must not pass where `__Host-` does not.
fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn extend_encoded(out: &mut Vec<u8>, text: &str, set: &'static AsciiSet) {
    for piece in percent_encode(text.as_bytes(), set) {
        out.extend_from_slice(piece.as_bytes());
    }
}

/// Writes both attributes: `max-age` is exact, `expires` is for old clients.
fn extend_lifetime(out: &mut Vec<u8>, expires: u64, max_age: u64) {
    out.extend_from_slice(b"; expires=");
    out.extend_from_slice(DateLine::from_unix(expires).as_bytes());
    out.extend_from_slice(b"; max-age=");
    out.extend_from_slice(itoa::Buffer::new().format(max_age).as_bytes());
}

/// All bytes except the unreserved characters of RFC 3986 section 2.3 and `/`, as in the original
/// Tremolo. RFC 6265 section 4.1.1 would allow more bytes unencoded; encoding them protects lenient
/// parsers from `=` and quotes.
const NOT_IN_VALUE: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'/').remove(b'_').remove(b'~');

/// The bytes that browsers encode in the path of a URL: a browser compares the cookie's path with
/// the encoded path. `%` is not included, so that an encoded path is not encoded twice.
const NOT_IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}');

#[cfg(test)]
mod tests;
