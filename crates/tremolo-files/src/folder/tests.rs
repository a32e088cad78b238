//! What requests for a folder and its files find.

use std::fs;
use std::fs::File;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;

use super::*;

fn tree(files: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    folder
}

fn folder(tree: &TempDir, options: FolderOptions) -> Folder {
    Folder::new(tree.path(), options).unwrap()
}

/// Looks up a path below `/static`, with `GET`.
fn ask(folder: &Folder, path: &str, accepted: &str) -> Result<Found, OpenError> {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query.as_bytes())),
        None => (path, None),
    };
    let lookup = Lookup {
        method: &Method::GET,
        path: path.as_bytes(),
        rest: path.strip_prefix("/static").unwrap().as_bytes(),
        query,
        accept_encoding: AcceptEncoding::parse([accepted.as_bytes()]),
    };
    let found = folder.find(&lookup);
    // The lookup that does not block has the same result, or `WouldBlock`.
    match (folder.find_cached(&lookup), &found) {
        (Err(OpenError::WouldBlock), _) => {}
        (cached, found) => assert_eq!(summary(&cached), summary(found), "{path}"),
    }
    found
}

/// The result as text; for a file its content, type, coding and `Vary`.
fn summary(found: &Result<Found, OpenError>) -> String {
    match found {
        Ok(Found::File(found)) => {
            let mut content = vec![0; 64];
            let count = found.file.read_at(0, &mut content).unwrap();
            let content = String::from_utf8_lossy(content.get(..count).unwrap()).into_owned();
            let coding = found.content_encoding.unwrap_or("-");
            let vary = if found.vary { "vary" } else { "-" };
            format!("{content} | {} | {coding} | {vary}", found.content_type.as_str())
        }
        Ok(Found::Redirect { location }) => format!("-> {location}"),
        Ok(Found::Listing { .. }) => "listing".to_owned(),
        other => format!("{:?}", other.as_ref().unwrap()),
    }
}

#[test]
fn finds_files_folders_and_missing_slashes() {
    let tree =
        tree(&["a.css", "index.html", "docs/index.html", "docs/a b.txt", "bare/x", ".git/x"]);
    fs::create_dir(tree.path().join("odd")).unwrap();
    fs::create_dir(tree.path().join("odd/index.html")).unwrap();
    let served = folder(&tree, FolderOptions::default());
    for (path, expected) in [
        ("/static/a.css", "a.css | text/css; charset=utf-8 | - | -"),
        ("/static/a.css?v=1", "a.css | text/css; charset=utf-8 | - | -"),
        ("/static/docs/a%20b.txt", "docs/a b.txt | text/plain; charset=utf-8 | - | -"),
        ("/static/", "index.html | text/html; charset=utf-8 | - | -"),
        ("/static/docs/", "docs/index.html | text/html; charset=utf-8 | - | -"),
        // The slash is missing; the query is kept.
        ("/static", "-> ./static/"),
        ("/static/docs", "-> ./docs/"),
        ("/static/docs?a=1&b=%2F", "-> ./docs/?a=1&b=%2F"),
        ("/static/%64ocs", "-> ./%64ocs/"),
        // A slash after a file name, folders without an index file, and refused names.
        ("/static/a.css/", "NotFound"),
        ("/static/a.css/index.html", "NotFound"),
        ("/static/bare/", "NotFound"),
        ("/static/odd/", "NotFound"),
        ("/static/missing", "NotFound"),
        ("/static/.git/x", "NotFound"),
        ("/static/docs/../a.css", "NotFound"),
        ("/static//docs", "NotFound"),
        ("/static//evil.example/%2e%2e", "NotFound"),
    ] {
        assert_eq!(summary(&ask(&served, path, "")), expected, "{path}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_cached_file_needs_no_thread() {
    let tree = tree(&["sub/index.html"]);
    let served = folder(&tree, FolderOptions::default());
    let lookup = Lookup {
        method: &Method::GET,
        path: b"/sub/",
        rest: b"/sub/",
        query: None,
        accept_encoding: AcceptEncoding::default(),
    };
    assert!(matches!(served.find_cached(&lookup), Ok(Found::File(_))));
}

#[test]
fn only_get_and_head_are_allowed() {
    // RFC 9110 section 9.1: 405 is for methods that are known and not allowed.
    let tree = tree(&["a"]);
    let served = folder(&tree, FolderOptions::default());
    for (method, is_allowed) in [
        (Method::GET, true),
        (Method::HEAD, true),
        (Method::POST, false),
        (Method::PUT, false),
        (Method::DELETE, false),
        (Method::OPTIONS, false),
        (Method::from_bytes(b"get").unwrap(), false),
    ] {
        let lookup = Lookup {
            method: &method,
            path: b"/a",
            rest: b"/a",
            query: None,
            accept_encoding: AcceptEncoding::default(),
        };
        match served.find(&lookup).unwrap() {
            Found::File(_) => assert!(is_allowed, "{method}"),
            Found::MethodNotAllowed => assert!(!is_allowed, "{method}"),
            other => panic!("{method}: {other:?}"),
        }
    }
}

#[test]
fn the_first_existing_index_file_is_shown() {
    let tree = tree(&["one/index.htm", "both/index.htm", "both/index.html"]);
    let index_files = vec!["index.html".to_owned(), "index.htm".to_owned()];
    let served = folder(&tree, FolderOptions { index_files, ..FolderOptions::default() });
    for (path, expected) in
        [("/static/one/", "one/index.htm "), ("/static/both/", "both/index.html ")]
    {
        assert!(summary(&ask(&served, path, "")).starts_with(expected), "{path}");
    }
}

fn set_modified(tree: &TempDir, name: &str, seconds: u64, nanoseconds: u32) {
    let file = File::options().write(true).open(tree.path().join(name)).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::new(seconds, nanoseconds)).unwrap();
}

#[test]
fn precompressed_siblings_are_sent_if_accepted() {
    let tree = tree(&["a.js", "a.js.br", "a.js.gz", "a.js.zst", "b.js", "b.js.gz", "c.js"]);
    fs::create_dir(tree.path().join("c.js.gz")).unwrap();
    let options = FolderOptions { precompressed: true, ..FolderOptions::default() };
    let served = folder(&tree, options.clone());
    let js = "text/javascript; charset=utf-8";
    for (path, accepted, expected) in [
        ("/static/a.js", "gzip, deflate, br, zstd", format!("a.js.br | {js} | br | vary")),
        ("/static/a.js", "br;q=0.5, gzip", format!("a.js.gz | {js} | gzip | vary")),
        ("/static/a.js", "zstd, gzip", format!("a.js.zst | {js} | zstd | vary")),
        ("/static/a.js", "", format!("a.js | {js} | - | vary")),
        ("/static/a.js", "deflate", format!("a.js | {js} | - | vary")),
        ("/static/a.js", "identity, gzip;q=0.9", format!("a.js | {js} | - | vary")),
        ("/static/b.js", "gzip, deflate, br, zstd", format!("b.js.gz | {js} | gzip | vary")),
        ("/static/b.js", "br", format!("b.js | {js} | - | vary")),
        // No accepted coding exists: the file is better than a 406 (RFC 9110 section 15.5.7).
        ("/static/b.js", "br, *;q=0", format!("b.js | {js} | - | vary")),
        // A folder with the name of a sibling is ignored.
        ("/static/c.js", "gzip", format!("c.js | {js} | - | vary")),
        // Requested by its own name, the compressed file is sent without a coding.
        ("/static/a.js.gz", "gzip", "a.js.gz | application/gzip | - | -".to_owned()),
    ] {
        assert_eq!(summary(&ask(&served, path, accepted)), expected, "{path} {accepted}");
    }
    let plain = folder(&tree, FolderOptions { precompressed: false, ..options });
    assert_eq!(summary(&ask(&plain, "/static/a.js", "br")), format!("a.js | {js} | - | -"));
}

/// A file with two codes in its name: RFC 9110 sections 8.3 and 8.4.
#[test]
fn a_compressed_file_is_not_compressed_again() {
    let tree = tree(&["a.svgz", "a.svgz.br", "a.tar.gz", "a.tar.gz.br", "a.tar", "a.tgz"]);
    for precompressed in [false, true] {
        let served = folder(&tree, FolderOptions { precompressed, ..FolderOptions::default() });
        for accepted in ["br, gzip", "identity"] {
            for (path, expected) in [
                ("/static/a.svgz", "a.svgz | image/svg+xml | gzip | -"),
                ("/static/a.tar.gz", "a.tar.gz | application/gzip | - | -"),
            ] {
                assert_eq!(summary(&ask(&served, path, accepted)), expected, "{accepted}");
            }
        }
        let archive = summary(&ask(&served, "/static/a.tgz", "gzip"));
        assert!(archive.starts_with("a.tgz | application/gzip | - |"), "{archive}");
    }
}

#[test]
fn a_sibling_that_is_older_than_its_file_is_ignored() {
    let tree = tree(&["a.css", "a.css.br", "a.css.gz"]);
    let options = FolderOptions { precompressed: true, ..FolderOptions::default() };
    let served = folder(&tree, options);
    set_modified(&tree, "a.css", 1_000_000, 500);
    for (br, gz, expected) in [
        ((1_000_000, 500), (1_000_000, 500), "a.css.br "),
        ((1_000_001, 0), (1_000_000, 500), "a.css.br "),
        // Times are compared in whole seconds.
        ((1_000_000, 0), (1_000_000, 500), "a.css.br "),
        ((999_999, 999), (1_000_000, 500), "a.css.gz "),
        ((999_999, 999), (999_999, 999), "a.css "),
    ] {
        set_modified(&tree, "a.css.br", br.0, br.1);
        set_modified(&tree, "a.css.gz", gz.0, gz.1);
        let found = summary(&ask(&served, "/static/a.css", "br, gzip"));
        assert!(found.starts_with(expected), "{br:?} {gz:?}: {found}");
    }
}

#[test]
fn links_and_dot_files_are_served_when_allowed() {
    let tree = tree(&["a.txt", ".hidden", "sub/x"]);
    symlink("a.txt", tree.path().join("link.txt")).unwrap();
    symlink("/etc/passwd", tree.path().join("out")).unwrap();
    let closed = folder(&tree, FolderOptions::default());
    let options =
        FolderOptions { follow_symlinks: true, dot_files: true, ..FolderOptions::default() };
    let open = folder(&tree, options);
    for (path, expected) in [
        ("/static/link.txt", "a.txt | text/plain; charset=utf-8 | - | -"),
        ("/static/.hidden", ".hidden | application/octet-stream | - | -"),
    ] {
        assert_eq!(summary(&ask(&closed, path, "")), "NotFound");
        assert_eq!(summary(&ask(&open, path, "")), expected);
    }
    assert_eq!(summary(&ask(&open, "/static/out", "")), "NotFound");
}

#[test]
fn a_file_without_read_permission_is_forbidden() {
    let tree = tree(&["secret", "index.html"]);
    for name in ["secret", "index.html"] {
        let path = tree.path().join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    let is_superuser = fs::read(tree.path().join("secret")).is_ok();
    let served = folder(&tree, FolderOptions::default());
    for path in ["/static/secret", "/static/"] {
        let found = ask(&served, path, "");
        assert_eq!(summary(&found) == "Forbidden", !is_superuser, "{path}");
    }
}

#[test]
fn refuses_invalid_options() {
    let tree = tree(&["a"]);
    for name in ["", ".", "..", "a/b", "../a", "a\\b", "a\0"] {
        let options =
            FolderOptions { index_files: vec![name.to_owned()], ..FolderOptions::default() };
        let refused = Folder::new(tree.path(), options).unwrap_err();
        assert_eq!(refused, FolderError::InvalidIndexFile, "{name:?}");
    }
    let with_cache = |value: &str| {
        let cache_control = Some(value.to_owned());
        Folder::new(tree.path(), FolderOptions { cache_control, ..FolderOptions::default() })
    };
    for value in ["", "no-store\r\nX: y"] {
        assert_eq!(with_cache(value).unwrap_err(), FolderError::InvalidCacheControl);
    }
    let value = "public, max-age=31536000, immutable";
    assert_eq!(with_cache(value).unwrap().cache_control(), Some(value));
    let missing = Folder::new(tree.path().join("missing"), FolderOptions::default());
    assert_eq!(missing.unwrap_err(), FolderError::Root(OpenError::NotFound));
}
