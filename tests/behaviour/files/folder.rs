//! A static folder: only its files are served.

use tremolo_tests::Message;

use super::Served;

/// Path spellings from well-known traversal lists. Each would name a file outside of the folder.
const OUTSIDE: &[&str] = &[
    "/static/../page.html",
    "/static/%2e%2e/page.html",
    "/static/..%2fpage.html",
    "/static/%2e%2e%2fpage.html",
    "/static/..%5cpage.html",
    "/static/..\\page.html",
    "/static/....//page.html",
    "/static/%252e%252e/page.html",
    "/static/%c0%ae%c0%ae/page.html",
    "/static/texts/../../page.html",
    "/static/./style.css",
    "/static/texts//hello.txt",
    "/static/style.css%00.txt",
    "/static//etc/passwd",
    "/static/%2fetc/passwd",
    "/static/file:///etc/passwd",
    "/static/style.css/",
    "/static/nothing",
];

#[test]
fn a_file_has_the_type_of_its_extension_and_takes_ranges() {
    let served = Served::new(b"");
    let mut client = served.program.connect();
    let response = client.ask("/static/texts/hello.txt");
    assert_eq!(response.status_and_text(), (200, "Hello from a folder.\n".to_owned()));
    assert_eq!(response.field("Content-Type"), Some("text/plain; charset=utf-8"));
    let message = Message::new("GET /static/clip.webm").fields(&["Range: bytes=0-3"]);
    let response = client.exchange(&message);
    assert_eq!(response.field("Content-Type"), Some("video/webm"));
    assert_eq!((response.status(), &*response.body), (206, &[0x1a, 0x45, 0xdf, 0xa3][..]));
}

#[test]
fn a_precompressed_file_is_sent_to_clients_that_accept_its_coding() {
    let served = Served::new(b"");
    let mut client = served.program.connect();
    let plain = client.ask("/static/style.css");
    assert_eq!((plain.status(), plain.field("Content-Encoding")), (200, None));
    let message = Message::new("GET /static/style.css").fields(&["Accept-Encoding: gzip, br"]);
    let coded = client.exchange(&message);
    assert_eq!(coded.field("Content-Encoding"), Some("gzip"));
    assert!(coded.body.starts_with(&[0x1f, 0x8b]));
    for response in [&plain, &coded] {
        assert_eq!(response.field("Vary"), Some("Accept-Encoding"));
        assert_eq!(response.field("Content-Type"), Some("text/css; charset=utf-8"));
    }
    assert_ne!(plain.field("ETag"), coded.field("ETag"));
}

#[test]
fn a_folder_is_listed_at_its_path_with_a_slash() {
    let served = Served::new(b"");
    let mut client = served.program.connect();
    for (path, location) in [
        ("/static", "./static/"),
        ("/static/texts", "./texts/"),
        ("/static/texts?a=b", "./texts/?a=b"),
    ] {
        let response = client.ask(path);
        assert_eq!(
            (response.status(), response.field("Location")),
            (301, Some(location)),
            "{path}"
        );
    }
    let response = client.ask("/static/");
    assert_eq!(response.field("Content-Type"), Some("text/html; charset=utf-8"));
    for name in ["clip.webm", "style.css", "texts/"] {
        assert!(response.text().contains(name), "{name}");
    }
    assert!(client.ask("/static/texts/").text().contains("hello.txt"));
}

/// RFC 3986 section 6.2.2. A second slash is part of the path, so a check by path sees what is
/// served.
#[test]
fn equivalent_urls_reach_one_file() {
    let served = Served::new(b"");
    let mut client = served.program.connect();
    for (path, status) in [
        ("/static/texts/hello.txt", 200),
        ("/%73tatic/texts/hello.txt", 200),
        ("/st%61tic/%74exts/hello%2Etxt", 200),
        ("/static%2Ftexts/hello.txt", 404),
        ("//static/texts/hello.txt", 404),
        ("/static//texts/hello.txt", 404),
    ] {
        assert_eq!(client.ask(path).status(), status, "{path}");
    }
    let response = client.ask("/%73tatic?a");
    assert_eq!((response.status(), response.field("Location")), (301, Some("./%73tatic/?a")));
}

#[test]
fn no_path_leaves_the_folder() {
    let served = Served::new(b"");
    let mut client = served.program.connect();
    for path in OUTSIDE {
        let response = client.ask(path);
        assert_eq!(response.status(), 404, "{path}");
        assert!(!response.text().contains("root:"), "{path}");
    }
}

#[test]
fn only_get_and_head_are_allowed() {
    let served = Served::new(b"");
    let response = served.program.connect().exchange(&Message::post("/static/style.css").body("x"));
    assert_eq!((response.status(), response.field("Allow")), (405, Some("GET, HEAD")));
    let (head, body) = served.head_of("HEAD /static/texts/hello.txt", &[]);
    assert!(
        head.contains(" 200 ") && head.contains("Content-Length: 21\r\n") && body == 0,
        "{head}"
    );
}
