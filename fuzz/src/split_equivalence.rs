//! The same bytes with different splits: the same requests, bodies, faults, and responses.

use tremolo_core::http1::body::Decoded;
use tremolo_core::{Config, Error, Event};

use crate::driver::{Wire, small};
use crate::script::Script;

/// `[limits][cuts][bytes]`: a handler that reads each body and echoes it; in one piece, in the
/// pieces of the script, and byte by byte.
pub fn split_equivalence(data: &[u8]) {
    let mut script = Script::new(data);
    let is_small = script.flag();
    let mut pieces = script.pieces();
    // Some faults are found only at the end of the head, so the input gets an end.
    pieces.push(b"\r\n\r\n");
    let whole = pieces.concat();
    let config = || if is_small { small() } else { Config::default() };
    let wanted = converse(&[&whole], config());
    assert_eq!(converse(&pieces, config()), wanted);
    if whole.len() < 1_000 {
        assert_eq!(converse(&whole.chunks(1).collect::<Vec<_>>(), config()), wanted);
    }
}

/// The result of one conversation.
#[derive(Debug, Default, PartialEq, Eq)]
struct Record {
    urls: Vec<Vec<u8>>,
    bodies: Vec<(Vec<u8>, Option<Error>)>,
    faults: usize,
    written: Vec<u8>,
}

fn converse(pieces: &[&[u8]], config: Config) -> Record {
    let (mut wire, mut record, mut body) = (Wire::new(config), Record::default(), None);
    for piece in pieces {
        let mut rest = *piece;
        while !rest.is_empty() {
            let taken = wire.feed(rest);
            rest = &rest[taken..];
            serve(&mut wire, &mut record, &mut body);
            if taken == 0 {
                assert!(wire.connection.peek().is_closed(), "{:?} wants no input", wire.connection);
                break;
            }
        }
    }
    if wire.connection.peek().wants_input() {
        wire.connection.handle_eof(&wire.now);
    }
    serve(&mut wire, &mut record, &mut body);
    assert!(wire.connection.peek().is_closed(), "{:?} outlives its peer", wire.connection);
    // Whether the server waits for a body, and so sends `100 Continue`, depends on the split.
    record.written = without_continue(&wire.out);
    record
}

fn serve(wire: &mut Wire, record: &mut Record, body: &mut Option<Vec<u8>>) {
    loop {
        read(wire, record, body);
        wire.flush();
        match wire.connection.poll_event(&wire.now) {
            None => return,
            Some(Event::Request(head)) => {
                record.urls.push(head.url().to_vec());
                *body = Some(Vec::new());
            }
            Some(Event::Fault(_)) => {
                record.faults += 1;
                // One response for all faults: if there are several, another one may be found
                // first.
                end(wire, b"fault");
            }
            Some(event) => panic!("{event:?}"),
        }
    }
}

fn read(wire: &mut Wire, record: &mut Record, body: &mut Option<Vec<u8>>) {
    let Some(mut bytes) = body.take() else { return };
    loop {
        let mut exchange = wire.connection.current().expect("its handler runs");
        let outcome = exchange.body().poll(&wire.now, usize::MAX);
        let fault = match outcome {
            Ok(Decoded::Data(data)) => {
                bytes.extend_from_slice(&data);
                continue;
            }
            Ok(Decoded::NeedInput) => return *body = Some(bytes),
            Ok(Decoded::End) => None,
            Err(fault) => Some(fault),
        };
        end(wire, &bytes);
        return record.bodies.push((bytes, fault));
    }
}

fn end(wire: &mut Wire, body: &[u8]) {
    let mut exchange = wire.connection.current().expect("its handler runs");
    exchange.end(&wire.now, body.into()).expect("the response is open");
    exchange.handler_done(&wire.now);
}

fn without_continue(written: &[u8]) -> Vec<u8> {
    let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
    let (mut left, mut rest) = (Vec::new(), written);
    while let Some(at) = memchr::memmem::find(rest, interim) {
        left.extend_from_slice(&rest[..at]);
        rest = &rest[at + interim.len()..];
    }
    left.extend_from_slice(rest);
    left
}
