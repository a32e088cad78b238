//! The end of a WebSocket (RFC 6455 section 7): closing handshakes, and clients that go without one.

use tremolo_tests::frames::{Frame, Socket, opcode};

use super::{assert_serves, echo};

#[test]
fn a_close_frame_is_answered_with_its_code_and_the_server_closes() {
    let program = echo();
    for code in [1000, 1001, 1003, 1007, 1011, 1014, 3000, 4999] {
        Socket::open(&program).close(code);
    }
    let mut socket = Socket::open(&program);
    socket.send(&Frame::close(1000, "a reason"));
    socket.expect_close(1000);
    let mut socket = Socket::open(&program);
    socket.send(&Frame::new(opcode::CLOSE, ""));
    assert_eq!(socket.read_close(), None);
    assert_eq!(socket.client.read_until_cut(), b"");
}

#[test]
fn what_follows_a_close_frame_is_ignored() {
    let program = echo();
    let mut socket = Socket::open(&program);
    let late = [Frame::new(opcode::TEXT, "late").masked(), b"garbage".to_vec()].concat();
    socket.client.send([Frame::close(1000, "").masked(), late].concat());
    socket.expect_close(1000);
}

#[test]
fn messages_before_a_close_frame_are_still_echoed() {
    let program = echo();
    let mut socket = Socket::open(&program);
    let text = Frame::new(opcode::TEXT, "last");
    socket.client.send([text.masked(), text.masked(), Frame::close(1000, "").masked()].concat());
    assert_eq!([socket.read_text(), socket.read_text()], ["last", "last"]);
    socket.expect_close(1000);
}

#[test]
fn a_half_close_ends_the_connection() {
    let program = echo();
    for begun in [Vec::new(), Frame::new(opcode::TEXT, "cut").announcing(100)] {
        let mut socket = Socket::open(&program);
        socket.send_text("hi");
        assert_eq!(socket.read_text(), "hi");
        socket.client.send(begun);
        socket.client.half_close();
        // A close frame may come, but no message.
        let rest = socket.client.read_until_cut();
        assert!(rest.first().is_none_or(|first| first & 0xf == opcode::CLOSE), "{rest:?}");
    }
    assert_serves(&program);
}

#[test]
fn a_reset_at_any_moment_affects_no_other_client() {
    let program = echo();
    let mut other = Socket::open(&program);
    let flood = Frame::new(opcode::TEXT, "x".repeat(1_000)).masked().repeat(100);
    for bytes in [Vec::new(), Frame::new(opcode::TEXT, "").announcing(9), flood] {
        let mut socket = Socket::open(&program);
        socket.client.send(bytes);
        socket.client.reset();
        other.send_text("still here");
        assert_eq!(other.read_text(), "still here");
    }
    other.close(1000);
    assert_serves(&program);
}

#[test]
fn a_server_that_stops_closes_with_1001() {
    let program = echo();
    let mut sockets = [Socket::open(&program), Socket::open(&program)];
    for socket in &mut sockets {
        socket.send_text("hi");
        assert_eq!(socket.read_text(), "hi");
    }
    program.stop();
    for socket in sockets {
        socket.answer_close(1001);
    }
    let (status, log) = program.wait();
    assert!(status.success(), "{status} {log}");
}
