//! Methods with special rules, and equivalent URLs (RFC 9110 sections 9.3.2, 9.3.7 and 9.3.8; RFC
//! 3986 section 6.2.2).

use tremolo_tests::{Message, Program};

use crate::response_object_program;

const SERVER_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// The head of a response without content; the connection closes after it.
fn head_of(program: &Program, request: &str) -> String {
    let mut client = program.connect();
    client.send(request);
    let all = String::from_utf8(client.read_to_end()).expect("all of it is text");
    let (head, content) = all.split_once("\r\n\r\n").expect("there is a head");
    assert_eq!(content, "", "{request:?}");
    format!("{head}\r\n")
}

#[test]
fn options_asterisk_lists_the_methods_of_the_server() {
    let program = response_object_program();
    for target in ["*", "http://a"] {
        let request = format!("OPTIONS {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let head = head_of(&program, &request);
        assert!(head.starts_with("HTTP/1.1 204 "), "{head}");
        assert!(head.contains(&format!("\r\nAllow: {SERVER_METHODS}\r\n")), "{head}");
        assert!(!head.contains("Content-"), "{head}");
    }
    let mut client = program.connect();
    client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\nGET /end HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.read_response().status(), 204);
    assert_eq!(client.read_response().text(), "Hello");
}

#[test]
fn trace_is_refused() {
    let program = response_object_program();
    let mut client = program.connect();
    let response = client.exchange(&Message::new("TRACE /end").fields(&["Cookie: secret"]));
    assert_eq!((response.status(), response.field("Allow")), (405, Some(SERVER_METHODS)));
    assert!(!response.text().contains("secret"), "{}", response.text());
    assert_eq!(client.exchange(&Message::new("TRACE /nothing")).status(), 404);
    assert_eq!(client.ask("/end").text(), "Hello");
}

#[test]
fn an_error_response_to_head_has_no_content() {
    let program = response_object_program();
    let long = "x".repeat(9_000);
    for (status, rest) in [
        ("404", "/nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        ("400", "/end HTTP/1.1\r\n\r\n"),
        ("400", "/end HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n"),
        ("400", "/end HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n"),
        ("505", "/end HTTP/2.0\r\nHost: a\r\n\r\n"),
        ("417", "/end HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n"),
        ("414", &format!("/{long}")),
        ("431", &format!("/end HTTP/1.1\r\nHost: a\r\nX: {long}")),
    ] {
        let head = head_of(&program, &format!("HEAD {rest}"));
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{rest:?}: {head}");
        assert!(head.contains("\r\nContent-Length: "), "{rest:?}: {head}");
    }
}

#[test]
fn equivalent_urls_reach_one_handler() {
    let program = response_object_program();
    let mut client = program.connect();
    for (target, status) in [
        ("/%65nd", 200),
        ("/%65%6E%6e%64", 404),
        ("/%65%6E%64/?%20", 200),
        ("/end%2F", 404),
        ("/END", 404),
        // A different path: a check that compares paths as text must see what the router sees.
        ("//end", 404),
        ("///end", 404),
        ("/./end", 404),
        ("/x/../end", 404),
    ] {
        assert_eq!(client.ask(target).status(), status, "{target}");
    }
}
