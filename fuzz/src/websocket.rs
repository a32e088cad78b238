//! WebSocket frames of a client, with and without compression, at every split: the messages, the
//! pongs and the close code are those of a naive decoder (RFC 6455, RFC 7692).

use std::sync::Arc;
use std::time::Instant;

use bytes::BytesMut;
use flate2::{Compress, Compression, FlushCompress};
use tremolo_core::Config;
use tremolo_core::http1::request::{HeadParser, RequestHead};
use tremolo_core::websocket::{
    DeflateParams, DeflatePool, Handshake, MessageKind, Options, Session,
};

use crate::reference::websocket::{Conversation, MAX_PINGS, Rules};
use crate::script::Script;

/// `[limits][size of a piece][frame]*`.
pub fn websocket(data: &[u8]) {
    let mut script = Script::new(data);
    let rules = Rules {
        takeover: script.pick(&[None, Some(false), Some(true)]),
        max_size: script.pick(&[2 << 20, 0, 10, 300, 5_000]),
        max_fragments: script.pick(&[65_536, 1, 3]),
    };
    let step = script.pick(&[1, 2, 3, 7, 64, 1_000]);
    let wire = frames(&mut script, rules);
    let expected = Conversation::read(&wire, rules);
    assert_eq!(converse(&[&wire], rules), expected, "in one piece");
    let pieces: Vec<&[u8]> = wire.chunks(step).collect();
    assert_eq!(converse(&pieces, rules), expected, "in pieces of {step}");
}

/// What the handshake negotiates; and whether contexts are taken over.
pub(crate) fn negotiate(takeover: Option<bool>) -> (Options, Option<DeflateParams>) {
    let config = Config {
        ws_compression: takeover.is_some(),
        ws_context_takeover: takeover == Some(true),
        ..Config::default()
    };
    let mut input = BytesMut::from(HEAD);
    let (options, mut head) = (Options::new(&config), RequestHead::default());
    HeadParser::default().parse(&mut input, &config, &mut head).expect("it is valid");
    let deflate = Handshake::read(&head, &options, "").expect("it is valid").deflate();
    assert_eq!(deflate.is_some(), takeover.is_some());
    (options, deflate)
}

/// A masked frame; flags may change its length to another form.
pub(crate) fn frame(first: u8, payload: &[u8], is_long: bool) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 if !is_long => frame.push(0x80 | length as u8),
        length @ 0..0x1_0000 => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    let key = [first, 0x5a, !first, 0xa5];
    frame.extend_from_slice(&key);
    frame.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    frame
}

fn frames(script: &mut Script<'_>, rules: Rules) -> Vec<u8> {
    let mut wire = Vec::new();
    let mut compress = Compress::new(Compression::fast(), false);
    for _ in 0..40 {
        if script.is_empty() {
            break;
        }
        let (kind, first) = (script.byte(), script.byte());
        match kind % 8 {
            0 => wire.extend_from_slice(script.piece()),
            1 => wire.extend(frame(first, script.piece(), false)),
            2 => wire.extend(frame(first, script.piece(), true)),
            3 => wire.extend(frame(0x80 | (8 + first % 3), script.piece(), false)),
            4 => wire.extend(frame(first & 0x83, script.piece(), false)),
            5 => wire.extend(frame(first & 0x83, &script.piece().repeat(40), false)),
            _ => {
                if rules.takeover != Some(true) {
                    compress.reset();
                }
                let payload = script.piece().repeat(usize::from(first >> 4) * 4 + 1);
                message(&mut wire, &deflate(&mut compress, &payload), script, first);
            }
        }
    }
    wire
}

/// A compressed message, in one frame or in two with a ping between them.
fn message(wire: &mut Vec<u8>, payload: &[u8], script: &mut Script<'_>, first: u8) {
    let opcode = 1 + (first & 1);
    if first & 2 == 0 {
        return wire.extend(frame(0xc0 | opcode, payload, false));
    }
    let (one, two) = payload.split_at(script.size() % (payload.len() + 1));
    wire.extend(frame(0x40 | opcode, one, false));
    wire.extend(frame(0x89, &[first], false));
    wire.extend(frame(0x80, two, false));
}

fn deflate(compress: &mut Compress, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 1_024);
    compress.compress_vec(payload, &mut out, FlushCompress::Sync).expect("it has room");
    out.truncate(out.len().saturating_sub(4));
    out
}

/// Feeds a session, and reads what it has sent.
fn converse(pieces: &[&[u8]], rules: Rules) -> Conversation {
    let (mut options, deflate) = negotiate(rules.takeover);
    options.max_message_size = rules.max_size;
    options.max_fragments = rules.max_fragments;
    let now = Instant::now();
    let mut session = Session::new(&options, deflate, &Arc::new(DeflatePool::default()), now);
    let (mut found, mut wire) = (Conversation::default(), Vec::new());
    let mut input = BytesMut::new();
    for piece in pieces {
        input.extend_from_slice(piece);
        loop {
            session.handle_input(now, &mut input);
            let Some(message) = session.poll_message() else { break };
            assert!(message.is_first && message.is_last);
            found.messages.push((message.kind == MessageKind::Text, message.payload.to_vec()));
        }
        // A head or a control frame; or the beginning of a payload, which is decoded.
        let most = if session.frame_rest() == 0 { 139 } else { 64 << 10 };
        assert!(session.is_closed() || input.len() <= most, "decoded as it arrives");
    }
    session.drain_output(|piece| wire.extend_from_slice(piece.as_slice()));
    let mut rest = &wire[..];
    while let [first, length, after @ ..] = rest {
        let (payload, after) = after.split_at((*length).into());
        match first {
            0x8a => found.pings.push(payload.to_vec()),
            0x88 => {
                let code = payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
                found.close = Some(code);
            }
            other => panic!("a frame {other:x}"),
        }
        rest = after;
    }
    assert_eq!(session.is_closed(), found.close.is_some());
    found.pings.truncate(MAX_PINGS);
    found
}

const HEAD: &str = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
