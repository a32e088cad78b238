//! Which URL paths are accepted and which are refused: the paths come from public lists of
//! traversal attacks (CWE-22 and its children, OWASP WSTG-ATHZ-01).

use proptest::prelude::*;

use super::*;

fn parse(raw: &str) -> Option<SafePath> {
    SafePath::parse(raw.as_bytes(), false)
}

#[test]
fn plain_paths_become_names() {
    for (raw, name, is_folder) in [
        ("", "", true),
        ("/", "", true),
        ("/a", "a", false),
        ("a", "a", false),
        ("/a/", "a", true),
        ("/a/b.css", "a/b.css", false),
        ("/caf%C3%A9", "café", false),
        ("/caf%c3%a9/x%20y", "café/x y", false),
        ("/%61", "a", false),
        ("/a+b", "a+b", false),
        ("/.well-known/acme-challenge/x", ".well-known/acme-challenge/x", false),
        // Not decoded twice (RFC 3986 section 2.4).
        ("/%252e%252e%252fx", "%2e%2e%2fx", false),
        ("/%25", "%", false),
        // Ordinary names on Unix.
        ("/a.", "a.", false),
        ("/a%20", "a ", false),
        ("/a..b/c..", "a..b/c..", false),
        ("/C:", "C:", false),
        ("/file:", "file:", false),
        ("/CON", "CON", false),
        ("/a::$DATA", "a::$DATA", false),
        ("/%3Fa%23b", "?a#b", false),
        ("/~root/x", "~root/x", false),
    ] {
        let parsed = parse(raw).unwrap();
        assert_eq!(parsed.as_path().to_str(), Some(name), "{raw:?}");
        assert_eq!((parsed.is_folder(), parsed.is_root()), (is_folder, name.is_empty()), "{raw:?}");
    }
}

/// Refused with all options.
const NEVER: &[&str] = &[
    // Dots, in all encodings of RFC 3986.
    "/..",
    "/../",
    "/.",
    "/./a",
    "/a/..",
    "/a/../../etc/passwd",
    "/../../../../etc/passwd",
    "/%2e%2e/etc/passwd",
    "/%2E%2E/etc/passwd",
    "/.%2e/a",
    "/%2e./a",
    "/%2e",
    "/a/%2e/b",
    "..",
    "../a",
    // Slashes and backslashes in various encodings.
    "/..%2fetc%2fpasswd",
    "/%2e%2e%2fetc/passwd",
    "/a%2fb",
    "/a%2Fb",
    "/%2fetc/passwd",
    "/..\\..\\etc\\passwd",
    "/a\\b",
    "/..%5c..%5cetc",
    "/a%5Cb",
    "/..;/..\\x",
    // Empty segments: absolute paths, UNC names, URLs.
    "//",
    "//etc/passwd",
    "/a//b",
    "/a//",
    "///a",
    "/file:///etc/passwd",
    "/http://evil.example/",
    "//?/C:/x",
    "/....//....//etc/passwd",
    "/..././/..././etc",
    // NUL, and invalid percent-encoding.
    "/a%00",
    "/a%00.css",
    "/%00",
    "/..%00/",
    "/%",
    "/%2",
    "/%zz",
    "/a%2",
    "/%%32%65%%32%65/x",
    "/%u002e%u002e/x",
    "/%uff0e%uff0e/x",
    "/% 2e",
];

#[test]
fn refuses_paths_that_could_leave_the_root() {
    for raw in NEVER {
        for dot_files in [false, true] {
            assert_eq!(SafePath::parse(raw.as_bytes(), dot_files), None, "{raw:?}");
            let slash = if raw.starts_with('/') { "" } else { "/" };
            let below = format!("/a{slash}{raw}");
            assert_eq!(SafePath::parse(below.as_bytes(), dot_files), None, "{below:?}");
        }
    }
}

#[test]
fn dot_files_are_refused_unless_the_option_is_set() {
    for raw in [
        "/.htaccess",
        "/.git/config",
        "/%2egit/config",
        "/a/.env",
        "/...",
        "/..../a",
        "/..a",
        "/a/.well-known/x",
        "/.well-known/.x",
        "/.well-knownx",
        "/.WELL-KNOWN/x",
    ] {
        assert_eq!(parse(raw), None, "{raw:?}");
        assert!(SafePath::parse(raw.as_bytes(), true).is_some(), "{raw:?}");
    }
    assert!(parse("/%2ewell-known").is_some());
}

#[test]
fn overlong_utf_8_is_not_decoded() {
    // RFC 3629 section 3: `C0 AE` is not a dot.
    let path = SafePath::parse(b"/%c0%ae%c0%ae/%c0%afx", false).unwrap();
    assert_eq!(path.as_path().as_os_str().as_bytes(), b"\xc0\xae\xc0\xae/\xc0\xafx");
    let path = SafePath::parse(b"/\xff%e0%80%ae", false).unwrap();
    assert_eq!(path.as_path().as_os_str().as_bytes(), b"\xff\xe0\x80\xae");
}

#[test]
fn lengths_are_bounded() {
    for (raw, is_allowed) in [
        (format!("/{}", "a".repeat(NAME_LIMIT)), true),
        (format!("/{}", "a".repeat(NAME_LIMIT + 1)), false),
        (format!("/{}", "%61".repeat(NAME_LIMIT)), true),
        ("/a".repeat(PATH_LIMIT / 2), true),
        ("/a".repeat(PATH_LIMIT / 2 + 1), false),
    ] {
        assert_eq!(parse(&raw).is_some(), is_allowed, "{}", raw.len());
    }
}

proptest! {
    #[test]
    fn an_accepted_path_stays_below_the_root(
        raw in "(/|[.]{1,4}|%2[eEfF]|%5c|%00|%25|\\\\|a|é|%c0%ae){0,12}", dot_files: bool,
    ) {
        if let Some(path) = SafePath::parse(raw.as_bytes(), dot_files) {
            for name in path.as_path().components() {
                prop_assert!(matches!(name, std::path::Component::Normal(_)), "{raw:?}");
            }
            let bytes = path.as_path().as_os_str().as_bytes();
            prop_assert!(!bytes.iter().any(|b| matches!(b, 0 | b'\\')), "{raw:?}");
            prop_assert!(!bytes.starts_with(b"/") && !bytes.ends_with(b"/"), "{raw:?}");
        }
    }
}
