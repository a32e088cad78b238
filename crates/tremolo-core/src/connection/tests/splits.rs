//! Every conversation at every split: the same events, the same bytes.

use proptest::prelude::*;

use super::*;

/// What one conversation came to.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    urls: Vec<String>,
    bodies: Vec<String>,
    faults: Vec<PeerError>,
    written: String,
}

/// Feeds the pieces to a handler that reads each body to its end and echoes it.
fn converse<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Record {
    let mut wire = Wire::new();
    let mut bodies = Vec::new();
    let mut body = String::new();
    let mut go_on = |connection: &mut Connection, now: &Now| loop {
        match connection.ongoing().body().poll(now, usize::MAX) {
            Ok(Decoded::Data(data)) => body.push_str(&String::from_utf8_lossy(&data)),
            Ok(Decoded::NeedInput) => return,
            Ok(Decoded::End) => {
                let whole = std::mem::take(&mut body);
                connection.ongoing().end(now, whole.as_str().into()).unwrap();
                connection.ongoing().handler_done(now);
                return bodies.push(whole);
            }
            Err(error) => {
                connection.ongoing().end(now, error.to_string().into()).unwrap();
                connection.ongoing().handler_done(now);
                return bodies.push(error.to_string());
            }
        }
    };
    for piece in pieces {
        wire.feed(piece);
        let now = wire.now();
        let busy = wire.connection.current().is_some_and(|mut one| one.response_mut().is_ok());
        if busy {
            go_on(&mut wire.connection, &now);
        }
        wire.serve(&mut |connection: &mut Connection, now: &Now, _: &RequestHead| {
            go_on(connection, now);
        });
    }
    let written = wire.written();
    Record { urls: wire.urls, bodies, faults: wire.faults, written }
}

const CONVERSATIONS: &[&str] = &[
    "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b?c HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\n\r\nGET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nHEAD /b HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello worldPOST /b HTTP/1.1\r\n\
     Host: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n6\r\n world\r\n0\r\n\
     X-T: v\r\n\r\nGET /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /never HTTP/1.1\r\n",
    "GET http://b/abs HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /bad HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\nGET /n",
    "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\nx",
    "GET /a HTTP/1.1\nHost: a\n\n",
    "GET /a HTTP/3.0\r\nHost: a\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n",
];

#[test]
fn one_split_anywhere_changes_nothing() {
    for conversation in CONVERSATIONS {
        let bytes = conversation.as_bytes();
        let whole = converse([bytes]);
        assert!(!whole.written.is_empty());
        for at in 0..=bytes.len() {
            let (left, right) = bytes.split_at(at);
            assert_eq!(converse([left, right]), whole, "split at {at}: {conversation:?}");
        }
    }
}

#[test]
fn byte_by_byte_changes_nothing() {
    for conversation in CONVERSATIONS {
        let bytes = conversation.as_bytes();
        assert_eq!(converse(bytes.chunks(1)), converse([bytes]), "{conversation:?}");
    }
}

proptest! {
    #[test]
    fn random_splits_of_random_conversations_change_nothing(
        picks in prop::collection::vec(0..CONVERSATIONS.len(), 1..4),
        sizes in prop::collection::vec(1_usize..40, 1..40),
    ) {
        let text: String = picks.into_iter().map(|pick| CONVERSATIONS[pick]).collect();
        let (bytes, mut rest) = (text.as_bytes(), text.as_bytes());
        let mut pieces = Vec::new();
        for size in sizes.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at(size.min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        prop_assert_eq!(converse(pieces), converse([bytes]));
    }

    #[test]
    fn arbitrary_bytes_never_panic(pieces in prop::collection::vec(
        prop::collection::vec(any::<u8>(), 0..64), 0..16
    )) {
        converse(pieces.iter().map(Vec::as_slice));
    }
}
