//! The cookies that a client keeps, as a browser does (RFC 6265 section 5), as far as a test needs
//! it: all responses are of one host.

use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderMap;
use http::header::SET_COOKIE;

/// The cookies of a client and of its clones.
#[derive(Clone, Debug, Default)]
pub(super) struct Jar(Arc<Mutex<Vec<Cookie>>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

impl Jar {
    /// Keeps the cookies of a response to a request for `path`.
    pub(super) fn keep(&self, headers: &HeaderMap, path: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for line in headers.get_all(SET_COOKIE) {
            let Some((cookie, is_removed)) = line.to_str().ok().and_then(|line| parse(line, path))
            else {
                continue;
            };
            kept.retain(|other| (&other.name, &other.path) != (&cookie.name, &cookie.path));
            if !is_removed {
                kept.push(cookie);
            }
        }
    }

    /// The value of `Cookie` for a request; `None` if there is no cookie for it.
    pub(super) fn field(&self, path: &str) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = kept.iter().filter(|cookie| is_below(&cookie.path, path));
        let sent = sent.map(|cookie| format!("{}={}", cookie.name, cookie.value));
        Some(sent.collect::<Vec<_>>().join("; ")).filter(|field| !field.is_empty())
    }
}

/// The cookie of a line, and whether the line removes it.
fn parse(line: &str, path: &str) -> Option<(Cookie, bool)> {
    let mut parts = line.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let default = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut cookie = Cookie {
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
        path: if default.is_empty() { "/".to_owned() } else { default.to_owned() },
    };
    let mut is_removed = false;
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let (name, value) = (name.trim(), value.trim());
        if name.eq_ignore_ascii_case("path") && value.starts_with('/') {
            value.clone_into(&mut cookie.path);
        } else if name.eq_ignore_ascii_case("max-age") {
            is_removed = value.parse::<i64>().is_ok_and(|seconds| seconds <= 0);
        } else if name.eq_ignore_ascii_case("expires") {
            is_removed |= value.contains(" 1970 ");
        }
    }
    Some((cookie, is_removed))
}

/// Section 5.1.4.
fn is_below(folder: &str, path: &str) -> bool {
    let rest = path.strip_prefix(folder);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || folder.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let lines = lines.iter().map(|line| (SET_COOKIE, http::HeaderValue::from_static(line)));
        lines.collect()
    }

    #[test]
    fn cookies_are_kept_replaced_and_removed() {
        let jar = Jar::default();
        jar.keep(&headers(&["a=1; Path=/; HttpOnly", "b=2; Max-Age=60; Path=/"]), "/login");
        assert_eq!(jar.field("/").as_deref(), Some("a=1; b=2"));
        jar.keep(&headers(&["a=3; path=/", "b=; max-age=0; path=/"]), "/");
        assert_eq!(jar.field("/x").as_deref(), Some("a=3"));
        jar.keep(&headers(&["a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"]), "/");
        assert_eq!(jar.field("/"), None);
    }

    #[test]
    fn a_cookie_is_sent_below_its_path_only() {
        for (set, path, is_sent) in [
            ("a=1; Path=/admin", "/admin", true),
            ("a=1; Path=/admin", "/admin/users", true),
            ("a=1; Path=/admin", "/administrator", false),
            ("a=1; Path=/admin/", "/admin", false),
            ("a=1", "/shop/other", true),
            ("a=1", "/", false),
        ] {
            let jar = Jar::default();
            jar.keep(&headers(&[set]), "/shop/cart");
            assert_eq!(jar.field(path).is_some(), is_sent, "{set} {path}");
        }
    }
}
