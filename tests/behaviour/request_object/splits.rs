//! The same bytes, split at every position: the response is the same.

use std::thread;

use tremolo_tests::{MULTIPART, Message, Program, URLENCODED, multipart};

use super::{assert_persists, pairs, program};

/// Requests that use many parts of the grammar, and the expected responses.
fn rows() -> Vec<(Vec<u8>, String)> {
    let form = multipart(&[
        ("a", None, b"1"),
        ("b", Some("b.txt"), b"\r\n--\r\n--a\r\n-x"),
        ("c", None, b""),
    ]);
    let chunks = "POST /mixed HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                  3;x=\"y\"\r\nabc\r\n00b;z\r\ndefghijklmn\r\n0\r\nx-a: 1\r\n\r\n";
    let typed = |path: &str| Message::post(path).content_type(MULTIPART);
    [
        (Message::post("/mixed").body("abcdefghijklmn").bytes(), "abcd|efghijklmn"),
        (Message::post("/read?n=3").body("abcdefgh").bytes(), "abc|def|gh"),
        (chunks.as_bytes().to_vec(), "abcd|efghijklmn"),
        (Message::post("/trailers").chunked("ab", 1, &["x-a: 1", "x-b:2"]).bytes(), TRAILERS),
        (Message::post("/form").content_type(URLENCODED).body("b=%C3%A9&a=+&c").bytes(), FORM),
        (typed("/files?max=5").body(&form).bytes(), FILES),
        (typed("/files?max=5").chunked(&form, 6, &[]).bytes(), FILES),
    ]
    .map(|(bytes, text)| (bytes, if text == FORM { pairs(text) } else { text.to_owned() }))
    .to_vec()
}

const TRAILERS: &str = "x-a: 1\nx-b: 2\n";
const FORM: &str = "a= \nb=\u{e9}\nc=\n";
const FILES: &str = "a,,,1,true\nb,b.txt,text/x-b,5,false\nb,b.txt,text/x-b,5,false\n\
                     b,b.txt,text/x-b,3,true\nc,,,0,true\n";

#[test]
fn a_request_may_be_split_anywhere() {
    let program = program();
    thread::scope(|scope| {
        for (bytes, text) in rows() {
            let program = &program;
            scope.spawn(move || {
                let mut client = program.connect();
                for at in 1..bytes.len() {
                    client.send(&bytes[..at]);
                    client.send(&bytes[at..]);
                    let response = client.read_response();
                    assert_eq!(response.status_and_text(), (200, text.clone()), "cut at {at}");
                }
                assert_persists(&mut client);
            });
        }
    });
}

#[test]
fn a_request_may_arrive_in_pieces_of_any_size() {
    let program = program();
    for (bytes, text) in rows() {
        let mut client = program.connect();
        for size in [1, 2, 3, 5, 8, 13, 21, 34] {
            for piece in bytes.chunks(size) {
                client.send(piece);
            }
            let response = client.read_response();
            assert_eq!(response.status_and_text(), (200, text.clone()), "in pieces of {size}");
        }
    }
}

/// The splits also fall into the next request.
#[test]
fn pipelined_requests_may_be_split_anywhere() {
    let program: Program = program();
    let rows = rows();
    let all: Vec<u8> = rows.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
    let mut client = program.connect();
    for size in [all.len() - 1, 1_009, 499, 97, 31, 11] {
        for piece in all.chunks(size) {
            client.send(piece);
        }
        for (_, text) in &rows {
            assert_eq!(client.read_response().status_and_text(), (200, text.clone()), "by {size}");
        }
    }
    assert_persists(&mut client);
}
