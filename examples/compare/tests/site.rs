//! A static site.

use std::fs::{self, File};
use std::path::Path;
use std::time::SystemTime;

use tempfile::TempDir;
use tremolo_tests::{Message, Program};

use crate::{ask, head, launch, same};

/// The site of the example, with compressed siblings of its style sheet.
fn site() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("site/public");
    // A sibling that is older than its file would not be used.
    let now = SystemTime::now();
    let write = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        File::options().append(true).open(path).unwrap().set_modified(now).unwrap();
    };
    for name in ["index.html", "404.html", "style.css"] {
        write(name, &fs::read(source.join(name)).unwrap());
    }
    write("style.css.br", b"coded by br");
    write("style.css.gz", b"coded by gzip");
    folder
}

fn pair(site: &TempDir) -> [Program; 2] {
    launch(
        [env!("CARGO_BIN_EXE_site_tremolo"), env!("CARGO_BIN_EXE_site_axum")],
        &[site.path().as_os_str()],
    )
}

/// What the programs answer: the status, fields, the type without its parameters, and the body.
fn answers<const N: usize>(requests: &[Message; N]) -> [(u16, Vec<Option<String>>, String); N] {
    let site = site();
    same(pair(&site).map(|program| {
        requests.each_ref().map(|one| {
            let answer = ask(&program, one);
            let fields = ["Content-Encoding", "Content-Range", "Cache-Control"];
            let (status, fields) = head(&answer, &fields);
            let kind = answer.field("Content-Type").and_then(|kind| kind.split(';').next());
            let fields = fields.into_iter().chain([kind]);
            (
                status,
                fields.map(|value| value.map(str::to_owned)).collect(),
                answer.text().to_owned(),
            )
        })
    }))
}

#[test]
fn files_and_their_compressed_siblings_are_sent() {
    let style = || Message::new("GET /style.css");
    let seen = answers(&[
        Message::new("GET /"),
        style(),
        style().field("Accept-Encoding: gzip"),
        style().field("Accept-Encoding: gzip, br"),
        style().field("Accept-Encoding: deflate"),
        Message::new("GET /index.html").field("Accept-Encoding: gzip, br"),
    ]);
    let bodies: Vec<_> = seen.iter().map(|(status, _, body)| (*status, body.as_str())).collect();
    assert!(bodies.iter().all(|(status, _)| *status == 200), "{bodies:?}");
    assert_eq!(bodies[2].1, "coded by gzip");
    assert_eq!(bodies[3].1, "coded by br");
    assert_eq!(seen[3].1[0].as_deref(), Some("br"));
    assert_eq!(seen[3].1[2].as_deref(), Some("max-age=3600"));
    assert_eq!(seen[3].1[3].as_deref(), Some("text/css"));
}

#[test]
fn parts_of_files_are_sent() {
    let part = |range: &str| Message::new("GET /style.css").field(&format!("Range: bytes={range}"));
    let seen = answers(&[part("0-3"), part("5-"), part("-4")]);
    assert_eq!((seen[0].0, seen[0].2.as_str()), (206, "body"));
    assert!(
        seen.iter().all(|(status, fields, _)| *status == 206 && fields[1].is_some()),
        "{seen:?}"
    );
}

#[test]
fn a_file_that_the_client_has_is_not_sent_again() {
    let site = site();
    let statuses = same(pair(&site).map(|program| {
        let first = ask(&program, &Message::new("GET /style.css"));
        let again = |condition: &str, field: &str| {
            let value = first.field(field).unwrap();
            let again = Message::new("GET /style.css").field(&format!("{condition}: {value}"));
            ask(&program, &again).status()
        };
        [again("If-None-Match", "ETag"), again("If-Modified-Since", "Last-Modified")]
    }));
    assert_eq!(statuses, [304, 304]);
}

#[test]
fn what_is_not_found_has_the_page_of_the_site() {
    let site = site();
    let requests = ["/none", "/none/below", "/../Cargo.toml"];
    let seen = same(pair(&site).map(|program| {
        requests.map(|path| {
            let answer = ask(&program, &Message::new(&format!("GET {path}")));
            (answer.status(), answer.text().to_owned())
        })
    }));
    for (status, page) in seen {
        assert!(status == 404 && page.contains("There is no such page"), "{status} {page}");
    }
}

#[test]
fn other_methods_are_refused() {
    let site = site();
    let statuses = same(pair(&site).map(|program| {
        [Message::post("/style.css").body("x"), Message::new("DELETE /style.css")]
            .map(|one| ask(&program, &one).status())
    }));
    assert_eq!(statuses, [405, 405]);
}
