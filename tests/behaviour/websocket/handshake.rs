//! The opening handshake (RFC 6455 section 4.2), and the requests that are refused.

use tremolo_tests::Message;
use tremolo_tests::frames::{ACCEPT, Frame, Socket, handshake, opcode};

use super::{assert_serves, echo};

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
const UPGRADE: [&str; 2] = ["Upgrade: websocket", "Connection: keep-alive, Upgrade"];
const VERSION: &str = "Sec-WebSocket-Version: 13";

#[test]
fn a_handshake_is_answered_with_the_digest_of_its_key() {
    let program = echo();
    let socket = Socket::open(&program);
    let response = &socket.response;
    assert_eq!(response.field("Upgrade"), Some("websocket"));
    assert!(
        response.field("Connection").is_some_and(|value| value.eq_ignore_ascii_case("upgrade"))
    );
    assert_eq!(response.field("Sec-WebSocket-Accept"), Some(ACCEPT));
    for absent in ["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Content-Length"] {
        assert_eq!(response.field(absent), None, "{}", response.head);
    }
    socket.close(1000);
}

#[test]
fn names_in_the_handshake_have_any_case_and_lists_have_other_members() {
    let program = echo();
    let message = Message::new("GET /").fields(&[
        "UPGRADE: h2c, WebSocket",
        "CONNECTION: keep-alive, uPGRADE",
        KEY,
        VERSION,
        "Sec-WebSocket-Extensions: x-unknown; a=1",
    ]);
    let mut socket = Socket::open_with(program.connect(), &message);
    socket.send_text("hi");
    assert_eq!(socket.read_text(), "hi");
}

/// Each refusal has its status, and the next client is served.
#[test]
fn a_request_that_is_no_handshake_is_refused() {
    let program = echo();
    let get = |fields: &[&str]| Message::new("GET /").fields(&UPGRADE).fields(fields);
    for (what, message, status) in [
        ("a plain request", Message::new("GET /"), 426),
        ("another protocol", Message::new("GET /").fields(&["Upgrade: h2c", KEY, VERSION]), 426),
        ("no upgrade", Message::new("GET /").fields(&["Upgrade: websocket", KEY, VERSION]), 426),
        ("HTTP/1.0", Message::new("GET / HTTP/1.0").fields(&UPGRADE).fields(&[KEY, VERSION]), 426),
        ("an old version", get(&[KEY, "Sec-WebSocket-Version: 8"]), 426),
        ("no version", get(&[KEY]), 426),
        ("no key", get(&[VERSION]), 400),
        ("two keys", get(&[KEY, KEY, VERSION]), 400),
        ("a short key", get(&["Sec-WebSocket-Key: c2hvcnQ=", VERSION]), 400),
        ("POST", Message::post("/").fields(&UPGRADE).fields(&[KEY, VERSION]), 400),
        ("a body", get(&[KEY, VERSION]).body("body"), 400),
    ] {
        let response = program.connect().exchange(&message);
        assert_eq!(response.status(), status, "{what}");
        if status == 426 {
            // RFC 9110 section 15.5.22, RFC 6455 section 4.4.
            assert_eq!(response.field("Upgrade"), Some("websocket"), "{what}");
            assert_eq!(response.field("Sec-WebSocket-Version"), Some("13"), "{what}");
        }
        assert_serves(&program);
    }
}

/// A proxy may take all that follows such a request for frames, whatever the response is: what
/// follows must not be a request (RFC 9112 section 11.2). The client gives up anyway (RFC 6455
/// section 4.1).
#[test]
fn nothing_follows_a_handshake_that_is_refused() {
    let program = echo();
    let hidden = Message::new("GET /").bytes();
    let get = |fields: &[&str]| Message::new("GET /").fields(&UPGRADE).fields(fields);
    for (what, message) in [
        ("no option", Message::new("GET /").fields(&["Upgrade: websocket", KEY, VERSION])),
        ("an old version", get(&[KEY, "Sec-WebSocket-Version: 8"])),
        ("no key", get(&[VERSION])),
        ("no WebSocket", Message::new("GET /nothing").fields(&UPGRADE).fields(&[KEY, VERSION])),
        ("a body", get(&[KEY, VERSION]).body("body")),
    ] {
        let mut client = program.connect();
        client.send([message.bytes(), hidden.clone()].concat());
        let response = client.read_response();
        assert_eq!(response.field("Connection"), Some("close"), "{what}: {response:?}");
        assert_eq!(client.read_until_cut(), b"", "{what}");
    }
    // Not for another protocol: common clients offer h2c with usual requests.
    let mut client = program.connect();
    let other = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: "];
    client.send([Message::new("GET /").fields(&other).bytes(), hidden].concat());
    assert_eq!(client.read_response().status(), 426);
    assert_eq!(client.read_response().status(), 426);
}

#[test]
fn frames_that_arrive_with_the_handshake_are_not_lost() {
    let program = echo();
    let mut client = program.connect();
    let frames =
        [Frame::new(opcode::TEXT, "one").masked(), Frame::new(opcode::TEXT, "two").masked()];
    client.send([handshake("/").bytes(), frames.concat()].concat());
    let response = client.read_response();
    assert_eq!(response.status(), 101);
    let mut socket = Socket { client, response };
    assert_eq!([socket.read_text(), socket.read_text()], ["one", "two"]);
    socket.close(1000);
}

#[test]
fn a_handshake_may_arrive_in_single_bytes() {
    let program = echo();
    let mut client = program.connect();
    let bytes = [handshake("/").bytes(), Frame::new(opcode::TEXT, "slow").masked()].concat();
    for byte in bytes {
        client.send([byte]);
    }
    let response = client.read_response();
    let mut socket = Socket { client, response };
    assert_eq!(socket.read_text(), "slow");
}
