//! Frames that break the rules: each gets its close code (RFC 6455 section 7.4.1), and the next
//! client is served.

use flate2::{Compress, Compression, FlushCompress};
use tremolo_tests::frames::{Frame, RSV1, Socket, handshake, opcode};

use super::{assert_serves, echo};

/// `ws_max_payload_size` of the example.
const LIMIT: u64 = 16 << 20;

#[test]
fn each_violation_has_its_close_code() {
    let program = echo();
    let text = |payload: &str| Frame::new(opcode::TEXT, payload);
    let invalid = |payload: &[u8]| Frame::new(opcode::TEXT, payload);
    let fragment = text("a").unfinished().masked();
    let huge = Frame::new(opcode::BINARY, "");
    for (what, bytes, code) in [
        ("no mask", text("x").unmasked(), 1002),
        ("a ping without a mask", Frame::new(opcode::PING, "").unmasked(), 1002),
        ("RSV1 without an extension", text("x").with_bits(0x40).masked(), 1002),
        ("RSV2", text("x").with_bits(0x20).masked(), 1002),
        ("RSV3", text("x").with_bits(0x10).masked(), 1002),
        ("opcode 3", Frame::new(3, "x").masked(), 1002),
        ("opcode 11", Frame::new(11, "").masked(), 1002),
        ("a ping in fragments", Frame::new(opcode::PING, "").unfinished().masked(), 1002),
        ("a long ping", Frame::new(opcode::PING, [0; 126]).masked(), 1002),
        ("a continuation of nothing", Frame::new(opcode::CONTINUATION, "x").masked(), 1002),
        ("a message in a message", [fragment.clone(), text("b").masked()].concat(), 1002),
        ("a close frame of one byte", Frame::new(opcode::CLOSE, "x").masked(), 1002),
        ("the highest bit of a length", huge.announcing(1 << 63), 1002),
        ("bytes that are no UTF-8", invalid(b"\xff").masked(), 1007),
        ("a surrogate", invalid(b"\xed\xa0\x80").masked(), 1007),
        ("a cut character", invalid(b"gr\xc3").masked(), 1007),
        // Refused before the message, or even the frame, is complete.
        ("no UTF-8 in a fragment", invalid(b"gr\xff").unfinished().masked(), 1007),
        ("a cut character in a fragment", invalid(b"\xc3x").unfinished().masked(), 1007),
        ("a reason that is no UTF-8", Frame::new(opcode::CLOSE, b"\x03\xe8\xff").masked(), 1007),
        ("too long by its head", huge.announcing(LIMIT + 1), 1009),
        ("far too long by its head", huge.announcing(1 << 62), 1009),
        ("too long with its fragments", [fragment, continuation(LIMIT)].concat(), 1009),
    ] {
        let mut socket = Socket::open(&program);
        socket.client.send(bytes);
        assert_eq!(socket.read_close(), Some(code), "{what}");
        assert_eq!(socket.client.read_until_cut(), b"", "{what}");
        assert_serves(&program);
    }
}

fn continuation(length: u64) -> Vec<u8> {
    Frame::new(opcode::CONTINUATION, "").announcing(length)
}

#[test]
fn close_codes_that_may_not_be_sent_are_refused() {
    let program = echo();
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        let mut socket = Socket::open(&program);
        socket.send(&Frame::close(code, ""));
        assert_eq!(socket.read_close(), Some(1002), "{code}");
    }
    assert_serves(&program);
}

#[test]
fn messages_before_a_violation_are_still_echoed() {
    let program = echo();
    let mut socket = Socket::open(&program);
    let good = Frame::new(opcode::TEXT, "good").masked();
    socket.client.send([good, Frame::new(opcode::TEXT, b"\xff").masked()].concat());
    assert_eq!(socket.read_text(), "good");
    socket.expect_close(1007);
}

/// 256 MiB of zeros in 256 KiB: the limit counts while the message is inflated.
#[test]
fn a_compressed_bomb_is_refused_without_inflating_it() {
    let program = echo();
    assert_serves(&program);
    let before = program.peak_memory();
    let offer = "Sec-WebSocket-Extensions: permessage-deflate";
    let mut socket = Socket::open_with(program.connect(), &handshake("/").field(offer));
    // Behind a full flush nothing refers to earlier bytes, so that a part can be repeated.
    let mut part = Vec::with_capacity(4_096);
    let mut compress = Compress::new(Compression::best(), false);
    compress.compress_vec(&vec![0; 1 << 20], &mut part, FlushCompress::Full).unwrap();
    let mut bomb = part.repeat(256);
    bomb.truncate(bomb.len() - 4);
    assert!(bomb.len() <= 288 << 10, "{}", bomb.len());
    socket.send(&Frame::new(opcode::BINARY, bomb).with_bits(RSV1));
    socket.expect_close(1009);
    let grown = program.peak_memory() - before;
    assert!(grown < 64 << 20, "{grown} bytes");
    assert_serves(&program);
}
