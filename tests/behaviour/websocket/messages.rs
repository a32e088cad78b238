//! Messages (RFC 6455 sections 5.4 to 5.6), and compressed ones (RFC 7692).

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};
use tremolo_tests::frames::{Frame, RSV1, Socket, handshake, opcode};

use super::echo;

const OFFER: &str = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";

#[test]
fn texts_and_bytes_are_echoed_at_each_encoding_of_the_length() {
    let program = echo();
    let mut socket = Socket::open(&program);
    for length in [0, 1, 125, 126, 65_535, 65_536, 1 << 20] {
        let text = Frame::new(opcode::TEXT, "x".repeat(length));
        socket.send(&text);
        assert!(socket.read() == text, "a text of {length} bytes");
        let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let binary = Frame::new(opcode::BINARY, bytes);
        socket.send(&binary);
        assert!(socket.read() == binary, "{length} bytes");
    }
    socket.close(1000);
}

#[test]
fn fragments_are_one_message_and_a_ping_between_them_is_answered() {
    let program = echo();
    let mut socket = Socket::open(&program);
    // The first fragment ends inside of a character.
    let text = "grüße".as_bytes();
    socket.send(&Frame::new(opcode::TEXT, &text[..3]).unfinished());
    socket.send(&Frame::new(opcode::PING, "between"));
    assert_eq!(socket.read(), Frame::new(opcode::PONG, "between"));
    socket.send(&Frame::new(opcode::CONTINUATION, &text[3..]).unfinished());
    socket.send(&Frame::new(opcode::PONG, "not asked for"));
    socket.send(&Frame::new(opcode::CONTINUATION, ""));
    assert_eq!(socket.read_text(), "grüße");
    socket.close(1000);
}

#[test]
fn frames_may_arrive_in_single_bytes() {
    let program = echo();
    let mut socket = Socket::open(&program);
    let frames = [Frame::new(opcode::TEXT, "é".repeat(100)), Frame::new(opcode::BINARY, [0, 255])];
    for byte in frames.iter().flat_map(Frame::masked) {
        socket.client.send([byte]);
    }
    for frame in frames {
        assert_eq!(socket.read(), frame);
    }
}

#[test]
fn many_messages_in_one_write_come_back_in_order() {
    let program = echo();
    let mut socket = Socket::open(&program);
    let texts = (0..5_000).map(|number| format!("message {number}"));
    let frames = texts.clone().flat_map(|text| Frame::new(opcode::TEXT, text).masked());
    socket.client.send(frames.collect::<Vec<_>>());
    for text in texts {
        assert_eq!(socket.read_text(), text);
    }
    socket.close(1000);
}

/// The server must not have to keep what its client does not read.
#[test]
fn a_client_that_reads_nothing_is_not_read_further() {
    let program = echo();
    let mut socket = Socket::open(&program);
    let before = program.peak_memory();
    let frame = Frame::new(opcode::BINARY, vec![7; 64 << 10]).masked();
    let flood = frame.repeat(1_024);
    let sent = socket.client.send_until_stopped(&flood, std::time::Duration::from_millis(500));
    assert!(sent < flood.len(), "all of {sent} bytes were taken");
    let grown = program.peak_memory() - before;
    assert!(grown < 16 << 20, "{grown} bytes");
    // All of it comes when the client reads.
    for _ in 0..sent / frame.len() {
        assert_eq!(socket.read().payload.len(), 64 << 10);
    }
}

#[test]
fn compression_is_negotiated_and_messages_are_echoed_compressed() {
    let program = echo();
    let mut socket = Socket::open_with(program.connect(), &handshake("/").field(OFFER));
    let extensions = socket.response.field("Sec-WebSocket-Extensions").unwrap().to_owned();
    assert!(extensions.starts_with("permessage-deflate"), "{extensions}");
    let text = "a long text that repeats ".repeat(1_000);
    socket.send(&Frame::new(opcode::TEXT, deflate(text.as_bytes())).with_bits(RSV1));
    let echoed = socket.read();
    assert_eq!(echoed.first & RSV1, RSV1, "a long text is compressed");
    assert!(echoed.payload.len() < text.len() / 10);
    assert!(inflate(&echoed.payload, text.len()) == text.as_bytes());
    // A short one, and one that the client did not compress.
    socket.send(&Frame::new(opcode::TEXT, deflate(b"short")).with_bits(RSV1));
    assert_eq!(socket.read_text(), "short");
    socket.send_text("plain");
    assert_eq!(socket.read_text(), "plain");
    socket.close(1000);
}

/// A message without its last four bytes (RFC 7692 section 7.2.1).
fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::with_capacity(bytes.len() + 64);
    let mut compress = Compress::new(Compression::default(), false);
    compress.compress_vec(bytes, &mut compressed, FlushCompress::Sync).unwrap();
    assert_eq!(compressed.split_off(compressed.len() - 4), b"\0\0\xff\xff");
    compressed
}

fn inflate(compressed: &[u8], length: usize) -> Vec<u8> {
    let compressed = [compressed, b"\0\0\xff\xff"].concat();
    let mut bytes = Vec::with_capacity(length + 64);
    let mut decompress = Decompress::new(false);
    decompress.decompress_vec(&compressed, &mut bytes, FlushDecompress::Sync).unwrap();
    bytes
}
