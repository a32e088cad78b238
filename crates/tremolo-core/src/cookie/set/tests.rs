//! The wire format of `Set-Cookie`, and which cookies are refused.

use std::time::Duration;

use percent_encoding::percent_decode;
use proptest::prelude::*;

use super::*;

/// Sun, 06 Nov 1994 08:49:37 GMT.
const NOW: u64 = 784_111_777;

#[track_caller]
fn written(cookie: impl Into<SetCookie<'static>>) -> String {
    let mut out = b"before ".to_vec();
    cookie.into().write_to(NOW, &mut out).unwrap();
    String::from_utf8(out.strip_prefix(b"before ").unwrap().to_vec()).unwrap()
}

#[track_caller]
fn assert_refused(cookie: impl Into<SetCookie<'static>>) {
    let mut out = b"before".to_vec();
    assert_eq!(cookie.into().write_to(NOW, &mut out), Err(Misuse::InvalidCookie));
    assert_eq!(out, b"before");
}

fn plain() -> SetCookie<'static> {
    SetCookie::new("a", "b")
}

#[test]
fn a_pair_is_a_session_cookie_for_every_path() {
    assert_eq!(written(("a", "b")), "a=b; path=/");
    assert_eq!(written(("a".to_owned(), String::new())), "a=; path=/");
}

#[test]
fn attributes_come_in_the_order_of_the_original() {
    let cookie = plain()
        .http_only()
        .secure()
        .same_site(SameSite::Strict)
        .domain("example.com")
        .path("/x")
        .max_age(Duration::from_secs(60));
    assert_eq!(
        written(cookie),
        "a=b; expires=Sun, 06 Nov 1994 08:50:37 GMT; max-age=60; path=/x; domain=example.com; \
         samesite=Strict; secure; httponly"
    );
}

#[test]
fn a_lifetime_is_written_as_expires_and_max_age() {
    const GONE: &str = "a=b; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=0; path=/";
    const AGES: &str = "a=b; expires=Fri, 31 Dec 9999 23:59:59 GMT; max-age=9223372036854775807; \
                        path=/";
    for (expires, line) in [
        (0, "a=b; path=/"),
        (1, "a=b; expires=Sun, 06 Nov 1994 08:49:38 GMT; max-age=1; path=/"),
        (-1, GONE),
        (i64::MIN, GONE),
        (i64::MAX, AGES),
    ] {
        assert_eq!(written(SetCookie { expires, ..plain() }), line);
    }
    assert_eq!(written(plain().max_age(Duration::ZERO)), GONE);
    assert_eq!(written(plain().max_age(Duration::from_millis(999))), GONE);
}

#[test]
fn a_time_near_the_maximum_does_not_overflow() {
    let mut out = Vec::new();
    plain().max_age(Duration::MAX).write_to(u64::MAX, &mut out).unwrap();
    assert!(out.starts_with(b"a=b; expires=Fri, 31 Dec 9999 23:59:59 GMT; max-age="));
}

#[test]
fn values_are_encoded_as_the_original_does() {
    let visible: String = ('!'..='~').collect();
    for (value, encoded) in [
        (
            visible.as_str(),
            "%21%22%23%24%25%26%27%28%29%2A%2B%2C-./0123456789%3A%3B%3C%3D%3E%3F%40\
             ABCDEFGHIJKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B%7C%7D~",
        ),
        ("a b", "a%20b"),
        ("a\r\nb\0\x7f", "a%0D%0Ab%00%7F"),
        ("grüß, €, 𝄞", "gr%C3%BC%C3%9F%2C%20%E2%82%AC%2C%20%F0%9D%84%9E"),
    ] {
        assert_eq!(written(("a", value.to_owned())), format!("a={encoded}; path=/"));
    }
}

#[test]
fn paths_are_encoded_where_a_browser_would() {
    for (path, encoded) in [
        ("/a/b", "; path=/a/b"),
        ("/~u/@v:1,2", "; path=/~u/@v:1,2"),
        ("/a b", "; path=/a%20b"),
        ("/a%20b", "; path=/a%20b"),
        ("/ü?\t", "; path=/%C3%BC%3F%09"),
        ("", ""),
    ] {
        assert_eq!(written(plain().path(path)), format!("a=b{encoded}"));
    }
}

#[test]
fn an_empty_domain_is_none() {
    assert_eq!(written(plain().domain("")), "a=b; path=/");
}

#[test]
fn refuses_names_that_are_no_token() {
    for name in ["", " ", "a b", "a;b", "a=b", "a,b", "a\r\n", "a\0", "\"a\"", "ä", "a\x7f"] {
        assert_refused((name, "b"));
    }
}

#[test]
fn refuses_paths_and_domains_that_could_end_the_attribute() {
    for part in ["/;secure", "/\r\nX: y", "/\n", "/\r", "/\0"] {
        assert_refused(plain().path(part));
        assert_refused(plain().domain(part));
    }
    for domain in ["a b", "a,b", "münchen.example", "a\x7f"] {
        assert_refused(plain().domain(domain));
    }
}

#[test]
fn samesite_none_requires_secure() {
    assert_refused(plain().same_site(SameSite::None));
    assert_eq!(written(plain().same_site(SameSite::None).secure()).matches("None").count(), 1);
    assert_eq!(written(plain().same_site(SameSite::Lax)), "a=b; path=/; samesite=Lax");
}

#[test]
fn samesite_parses_in_any_case() {
    for (name, same_site) in [
        ("lax", Ok(SameSite::Lax)),
        ("Strict", Ok(SameSite::Strict)),
        ("NONE", Ok(SameSite::None)),
        ("", Err(Misuse::InvalidCookie)),
        ("lax ", Err(Misuse::InvalidCookie)),
        ("lax;", Err(Misuse::InvalidCookie)),
    ] {
        assert_eq!(name.parse(), same_site);
    }
}

#[test]
fn name_prefixes_require_their_attributes() {
    for name in ["__Secure-a", "__secure-a", "__SECURE-a"] {
        let cookie = SetCookie::new(name, "b");
        assert_refused(cookie.clone());
        written(cookie.secure().domain("example.com").path("/x"));
    }
    for name in ["__Host-a", "__host-a", "__HOST-a"] {
        let cookie = SetCookie::new(name, "b").secure();
        written(cookie.clone());
        written(cookie.clone().domain(""));
        written(cookie.clone().max_age(Duration::ZERO));
        assert_refused(SetCookie { secure: false, ..cookie.clone() });
        assert_refused(cookie.clone().path("/x"));
        assert_refused(cookie.clone().path(""));
        assert_refused(cookie.domain("example.com"));
    }
    written(("__Hos", "shorter than the prefix"));
}

proptest! {
    #[test]
    fn every_value_can_be_read_back_and_none_ends_the_field(value: String) {
        let line = written(("a", value.clone()));
        let encoded = line.strip_prefix("a=").unwrap().strip_suffix("; path=/").unwrap();
        prop_assert!(encoded.bytes().all(|b| b.is_ascii_graphic() && !b"\",;\\".contains(&b)));
        prop_assert_eq!(percent_decode(encoded.as_bytes()).decode_utf8().unwrap(), value);
    }

    #[test]
    fn no_output_contains_a_control_character(name: String, path: String, domain: String) {
        let mut out = Vec::new();
        let cookie = SetCookie::new(name, "b").path(path).domain(domain);
        if cookie.write_to(NOW, &mut out).is_ok() {
            prop_assert!(out.iter().all(|b| (b' '..0x7f).contains(b)));
        }
    }
}
