//! Cookies parsed from arbitrary fields, and arbitrary cookies encoded and parsed again (RFC 6265).

use std::time::Duration;

use tremolo_core::cookie::{MAX_COOKIES, SameSite, SetCookie, parse_cookies};

use crate::reference::chunked::is_text;
use crate::script::Script;

/// The input as lines of `Cookie` fields, and as a script of name, value and attributes of a
/// `Set-Cookie`.
pub fn cookie(data: &[u8]) {
    let cookies = parse_cookies(data.split(|b| *b == b'\n'));
    assert!(cookies.len() <= MAX_COOKIES);
    assert!(cookies.iter().all(|(name, _)| !name.is_empty()));

    let mut script = Script::new(data);
    let mut text = || String::from_utf8_lossy(script.piece()).into_owned();
    let (name, value, path, domain) = (text(), text(), text(), text());
    let age = Duration::from_secs(u64::from(script.byte()).saturating_sub(8));
    let wanted = (name.clone(), value.clone());
    let mut cookie = SetCookie::new(name, value).path(path).domain(domain).max_age(age);
    cookie.secure = script.flag();
    cookie.same_site = script.pick(&[None, Some(SameSite::None), Some(SameSite::Strict)]);
    let mut out = b"before".to_vec();
    if cookie.write_to(script.size() as u64, &mut out).is_err() {
        assert_eq!(out, b"before");
        return;
    }
    let field = out.strip_prefix(b"before").expect("it is appended");
    assert!(field.iter().all(|b| is_text(*b)), "a control character in a field");
    // A value ends at the first semicolon, so a value cannot inject attributes.
    let pair = field.split(|b| *b == b';').next().unwrap_or_default();
    let read = parse_cookies([pair]);
    assert_eq!(read.iter().collect::<Vec<_>>(), [(wanted.0.as_str(), wanted.1.as_str())]);
}
