//! permessage-deflate: RFC 7692 sections 6 and 7.

use std::sync::Arc;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use super::client::{
    BINARY, CONTINUATION, DEFLATE, FIN, PING, PLAIN, Peer, RSV1, TAKEOVER, TEXT, close_payload,
    frame,
};
use crate::websocket::deflate::DeflateParams;
use crate::websocket::{DeflatePool, Delivery, MessageKind, PreparedMessage, Violation};

/// Compresses a message as section 7.2.1 describes it.
fn deflate(compress: &mut Compress, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 1_024);
    compress.compress_vec(payload, &mut out, FlushCompress::Sync).unwrap();
    assert!(out.ends_with(&[0, 0, 0xff, 0xff]) && out.len() < out.capacity());
    out.truncate(out.len() - 4);
    out
}

fn compressor() -> Compress {
    Compress::new(Compression::default(), false)
}

/// Decompresses a message as section 7.2.2 describes it.
fn inflate(decompress: &mut Decompress, payload: &[u8]) -> Vec<u8> {
    let whole = [payload, &[0, 0, 0xff, 0xff]].concat();
    let mut out = Vec::with_capacity(4 << 20);
    let status = decompress.decompress_vec(&whole, &mut out, FlushDecompress::Sync);
    assert_eq!(status.unwrap(), Status::Ok);
    out
}

fn text(length: usize) -> Vec<u8> {
    (0..length).map(|at| b"abcdefghijklmnopqrstuvwxyz "[at * at % 977 % 27]).collect()
}

/// The examples of section 7.2.3.
#[test]
fn the_examples_of_the_rfc_are_decoded() {
    const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
    let first = RSV1 | TEXT;
    let mut peer = Peer::new(TAKEOVER);
    // 7.2.3.1: one frame, then fragments.
    peer.feed(&frame(FIN | first, HELLO));
    peer.feed(&frame(first, &HELLO[..3])).feed(&frame(FIN | CONTINUATION, &HELLO[3..]));
    // 7.2.3.2: the window is that of the message before.
    peer.feed(&frame(FIN | first, b"\xf2\x00\x11\x00\x00"));
    // 7.2.3.3: a block without compression. 7.2.3.4: a final block. 7.2.3.5: two blocks.
    peer.feed(&frame(FIN | first, b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"));
    peer.feed(&frame(FIN | first, b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"));
    peer.feed(&frame(FIN | first, b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"));
    assert_eq!(peer.session.violation(), None);
    assert_eq!(peer.payloads(), [b"Hello"; 6]);
    // 7.2.3.6: an empty message.
    peer.feed(&frame(FIN | first, b"\x00"));
    assert_eq!(peer.payloads(), [b""]);
}

/// Section 6: single messages may be sent without compression.
#[test]
fn a_client_may_send_plain_messages() {
    let mut peer = Peer::new(DEFLATE);
    peer.feed(&frame(FIN | TEXT, b"plain")).feed(&frame(FIN | TEXT, b""));
    assert_eq!(peer.payloads(), [&b"plain"[..], b""]);
}

#[test]
fn both_directions_work_with_and_without_context() {
    for (params, takeover) in [(DEFLATE, false), (TAKEOVER, true)] {
        let mut peer = Peer::new(params);
        let (mut compress, mut decompress) = (compressor(), Decompress::new(false));
        let mut sizes = Vec::new();
        for message in [text(3_000), text(3_000), text(100_000), text(3_000)] {
            if !takeover {
                (compress, decompress) = (compressor(), Decompress::new(false));
            }
            let compressed = deflate(&mut compress, &message);
            peer.feed(&frame(FIN | RSV1 | TEXT, &compressed));
            assert_eq!(peer.payloads(), [&message[..]]);
            peer.session.send(MessageKind::Text, message.as_slice()).unwrap();
            let sent = peer.sent();
            assert_eq!(sent[0].0, FIN | RSV1 | TEXT);
            assert_eq!(inflate(&mut decompress, &sent[0].1), message);
            sizes.push(sent[0].1.len());
        }
        assert_eq!(sizes[1] < sizes[0] / 4, takeover, "the second message refers to the first");
    }
}

#[test]
fn short_messages_and_those_that_do_not_become_shorter_are_sent_plain() {
    let mut noise = 1_u32;
    let noise: Vec<u8> = (0..4_000)
        .map(|_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        })
        .collect();
    let mut peer = Peer::new(DEFLATE);
    peer.session.send(MessageKind::Text, text(1_023)).unwrap();
    peer.session.send(MessageKind::Text, text(1_024)).unwrap();
    peer.session.send(MessageKind::Binary, noise.as_slice()).unwrap();
    let first: Vec<u8> = peer.sent().into_iter().map(|(first, _)| first).collect();
    assert_eq!(first, [FIN | TEXT, FIN | RSV1 | TEXT, FIN | BINARY]);
    // Without a limit empty messages are plain, too.
    let mut peer = Peer::with(TAKEOVER, |options| options.compression_min_size = 0);
    peer.session.send(MessageKind::Text, "").unwrap();
    assert_eq!(peer.sent(), [(FIN | TEXT, vec![])]);
}

#[test]
fn fragments_are_compressed_as_one_message() {
    for params in [DEFLATE, TAKEOVER] {
        let mut peer = Peer::new(params);
        let mut decompress = Decompress::new(false);
        for last in [text(10), vec![]] {
            peer.session.send_fragment(MessageKind::Text, text(2_000), false).unwrap();
            peer.session.ping(b"").unwrap();
            peer.session.send_fragment(MessageKind::Text, "", false).unwrap();
            peer.session.send_fragment(MessageKind::Text, last.clone(), true).unwrap();
            let sent = peer.sent();
            let first: Vec<u8> = sent.iter().map(|(first, _)| *first).collect();
            assert_eq!(first, [RSV1 | TEXT, FIN | PING, CONTINUATION, FIN | CONTINUATION]);
            let message = sent.into_iter().flat_map(|(_, payload)| payload).collect::<Vec<_>>();
            assert_eq!(inflate(&mut decompress, &message), [text(2_000), last].concat());
        }
    }
}

/// Section 7.1.2.1: the window of the server is limited, 8 bits included.
#[test]
fn the_window_of_the_server_is_kept() {
    for bits in 8..=15 {
        let params = DeflateParams { server_window_bits: Some(bits), ..DEFLATE.unwrap() };
        let mut peer = Peer::new(Some(params));
        let message = [text(5_000), text(5_000)].concat();
        peer.session.send(MessageKind::Text, message.as_slice()).unwrap();
        let sent = peer.sent();
        if bits == 8 {
            assert_eq!(sent, [(FIN | TEXT, message)], "zlib has no such window");
        } else {
            let mut decompress = Decompress::new_with_window_bits(false, bits);
            assert_eq!(inflate(&mut decompress, &sent[0].1), message, "{bits}");
        }
    }
}

#[test]
fn the_limit_counts_while_a_message_is_decompressed() {
    let zeros = deflate(&mut compressor(), &vec![0; 16 << 20]);
    assert!(zeros.len() > 8_192 && zeros.len() < 20_000);
    let mut peer = Peer::new(DEFLATE);
    peer.feed(&frame(FIN | RSV1 | BINARY, &zeros)[..8_192]);
    assert_eq!(peer.session.violation(), Some(Violation::MessageTooBig));
    assert_eq!(peer.sent(), [(FIN | 8, close_payload(1009, ""))]);
    for (length, violation) in [(5_000, None), (5_001, Some(Violation::MessageTooBig))] {
        let whole = deflate(&mut compressor(), &text(length));
        for delivery in [Delivery::Messages, Delivery::Fragments] {
            let mut peer = Peer::with(DEFLATE, |options| options.max_message_size = 5_000);
            peer.session.set_delivery(delivery);
            let (one, two) = whole.split_at(whole.len() / 2);
            peer.feed(&frame(RSV1 | TEXT, one)).feed(&frame(FIN | CONTINUATION, two));
            assert_eq!(peer.session.violation(), violation);
            if violation.is_none() {
                assert_eq!(peer.payloads().concat(), text(length));
            }
        }
    }
    // Blocks without content are limited by the heads of their frames.
    let mut peer = Peer::with(DEFLATE, |options| options.max_message_size = 5_000);
    peer.feed(&frame(FIN | RSV1 | BINARY, &[0, 0, 0, 0xff, 0xff].repeat(2_000))[..8]);
    assert_eq!(peer.session.violation(), Some(Violation::MessageTooBig));
}

#[test]
fn broken_compression_and_broken_texts_are_refused() {
    let bad_text = deflate(&mut compressor(), b"good, then \xff");
    let cut_text = deflate(&mut compressor(), b"good, then \xc3");
    for (payload, violation) in [
        (&b"\xff\xff\xff\xff"[..], Violation::InvalidCompression),
        (b"\x00\x05\x00\x00\x00Hello", Violation::InvalidCompression),
        (&bad_text, Violation::InvalidUtf8),
        (&cut_text, Violation::InvalidUtf8),
    ] {
        let mut peer = Peer::new(DEFLATE);
        peer.feed(&frame(FIN | RSV1 | TEXT, payload));
        assert_eq!(peer.session.violation(), Some(violation));
        assert_eq!(peer.sent(), [(FIN | 8, close_payload(1007, ""))]);
    }
}

#[test]
fn a_prepared_message_is_sent_as_each_session_allows() {
    let pool = Arc::new(DeflatePool::default());
    let payload = text(3_000);
    let message = PreparedMessage::compressed_by(&pool, MessageKind::Text, &payload);
    let narrow = DeflateParams { server_window_bits: Some(10), ..DEFLATE.unwrap() };
    for (params, is_compressed) in
        [(PLAIN, false), (DEFLATE, true), (TAKEOVER, true), (Some(narrow), false)]
    {
        let mut peer = Peer::new(params);
        let mut decompress = Decompress::new(false);
        // Before and after it, messages of the session itself.
        for _ in 0..2 {
            peer.session.send(MessageKind::Text, payload.as_slice()).unwrap();
            peer.session.send_prepared(&message).unwrap();
        }
        let sent = peer.sent();
        assert_eq!(sent[1].0 & RSV1 != 0, is_compressed);
        for (first, sent) in sent {
            let plain = if first & RSV1 == 0 { sent } else { inflate(&mut decompress, &sent) };
            assert_eq!(plain, payload);
        }
    }
}
