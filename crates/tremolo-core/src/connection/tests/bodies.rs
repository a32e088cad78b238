//! Request bodies on a connection: reading, limits, what is not read (RFC 9112 sections 6–9).

use bytes::BytesMut;

use super::Say::{End, Read, Write};
use super::*;

const NEXT: &[u8] = b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

fn post(fields: &str, body: &str) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{body}").into_bytes()
}

/// Reads all there is.
fn read(connection: &mut Connection, now: &Now) -> Result<(String, bool), Error> {
    let mut text = String::new();
    loop {
        match connection.ongoing().body().poll(now, usize::MAX)? {
            Decoded::Data(data) => text.push_str(std::str::from_utf8(&data).unwrap()),
            Decoded::End => return Ok((text, true)),
            Decoded::NeedInput => return Ok((text, false)),
        }
    }
}

#[test]
fn bodies_of_all_kinds_are_read_and_the_connection_goes_on() {
    let chunked = "Transfer-Encoding: chunked";
    for (sent, expected) in [
        (post("Content-Length: 5", "hello"), "hello"),
        (post(chunked, "2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nX-Sum: 9\r\n\r\n"), "hello"),
        (post("Content-Length: 0", ""), ""),
        (post("X: y", ""), ""),
    ] {
        let mut wire = Wire::new();
        wire.feed(&sent);
        wire.feed(NEXT);
        let mut bodies = Vec::new();
        wire.serve(|connection, now, _| {
            bodies.push(read(connection, now).unwrap());
            let sum =
                connection.peek_ongoing().trailers().and_then(|trailers| trailers.get("x-sum"));
            let has_sum = sent.windows(5).any(|window| window == b"X-Sum") && bodies.len() == 1;
            assert_eq!(sum.is_some(), has_sum);
            connection.ongoing().end(now, "".into()).unwrap();
            connection.ongoing().handler_done(now);
        });
        assert_eq!(bodies, [(expected.to_owned(), true), (String::new(), true)]);
        assert_eq!((wire.urls.len(), wire.fate()), (2, "kept"));
    }
}

#[test]
fn a_body_that_is_not_read_is_discarded() {
    for (script, sent) in [
        (&[End("")][..], post("Content-Length: 5", "hello")),
        (&[Write("a")], post("Content-Length: 5", "hello")),
        (&[End("")], post("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n")),
    ] {
        let mut wire = Wire::new();
        let (first, rest) = sent.split_at(sent.len() - 3);
        wire.feed(first);
        wire.say(script);
        assert_eq!(wire.urls.len(), 1);
        wire.feed(rest);
        wire.feed(NEXT);
        wire.say(script);
        assert_eq!((wire.urls.len(), wire.fate()), (2, "kept"));
    }
}

#[test]
fn too_long_a_rest_closes_the_connection_but_not_before_the_answer_is_out() {
    let mut wire = Wire::new();
    wire.feed(&post("Transfer-Encoding: chunked", "100000\r\n"));
    wire.say(&[End("early")]);
    assert_eq!(wire.fate(), "kept");
    let piece = vec![b'x'; 100_000];
    for _ in 0..3 {
        wire.feed(&piece);
    }
    wire.transmit();
    assert!(wire.brief().ends_with("early"));
    assert_eq!(wire.fate(), "lingering");
    // Still read, and dropped.
    wire.feed(&piece);
    assert_eq!(wire.fate(), "lingering");
}

/// RFC 9112 section 9.6: the head has `Connection: close` if and only if the rest is known to be longer
/// than what is discarded.
#[test]
fn the_head_of_a_response_knows_whether_the_rest_is_discarded() {
    let config = Config { discard_limit: 100, client_max_body_size: 150, ..Config::default() };
    let generous = Config { discard_limit: 1_000, ..config.clone() };
    let chunked = "Transfer-Encoding: chunked";
    for (config, fields, sent, read, rest, is_kept) in [
        (&config, "Content-Length: 100", 0, 0, 100, true),
        (&config, "Content-Length: 100", 20, 0, 80, true),
        (&config, "Content-Length: 101", 0, 0, 101, false),
        // What has arrived is discarded too.
        (&config, "Content-Length: 101", 20, 0, 81, false),
        (&config, "Content-Length: 101", 101, 0, 0, false),
        (&config, "Content-Length: 101", 20, 1, 81, true),
        // No more is decoded than a body may have.
        (&generous, "Content-Length: 150", 20, 0, 130, true),
        (&generous, "Content-Length: 151", 20, 0, 131, false),
        (&generous, "Content-Length: 151", 0, 0, 151, false),
        // The size of a chunk is known when the first of its bytes was read.
        (&config, chunked, 20, 1, 10, true),
        (&config, chunked, 20, 1, 100, false),
    ] {
        let mut wire = Wire::with(config.clone());
        let what = format!("{fields}, {sent}, {read}, {rest}");
        let size = if fields == chunked { format!("{:x}\r\n", sent + rest) } else { String::new() };
        wire.feed(&post(fields, &(size + &"x".repeat(sent))));
        wire.serve(|connection, now, _| {
            if read > 0 {
                connection.ongoing().body().poll(now, read).unwrap();
            }
            connection.ongoing().end(now, "early".into()).unwrap();
            connection.ongoing().handler_done(now);
        });
        assert_eq!(wire.brief().contains("Connection: close"), !is_kept, "{what}");
        wire.feed("x".repeat(rest).as_bytes());
        if fields == chunked {
            wire.feed(b"\r\n0\r\n\r\n");
        }
        wire.transmit();
        assert_eq!(wire.fate(), if is_kept { "kept" } else { "lingering" }, "{what}");
    }
}

/// RFC 9110 section 10.1.1.
#[test]
fn continue_comes_with_the_first_read_and_only_if_it_is_needed() {
    let expecting = "Content-Length: 5\r\nExpect: 100-continue";
    let mut wire = Wire::new();
    wire.feed(&post(expecting, ""));
    wire.serve(|connection, now, _| {
        assert_eq!(read(connection, now), Ok((String::new(), false)));
        assert_eq!(read(connection, now), Ok((String::new(), false)));
    });
    assert_eq!(wire.brief(), "HTTP/1.1 100 Continue||");
    wire.feed(b"hello");
    let now = wire.now();
    assert_eq!(read(&mut wire.connection, &now), Ok(("hello".to_owned(), true)));
    wire.connection.ongoing().end(&now, "".into()).unwrap();
    wire.connection.ongoing().handler_done(&now);
    assert_eq!(wire.fate(), "kept");

    // A client that did not wait needs none, HTTP/1.0 gets none, too large a body gets none.
    let old = b"POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n".to_vec();
    let large = post("Content-Length: 99999999\r\nExpect: 100-continue", "");
    for sent in [post(expecting, "hello"), old, large] {
        let mut wire = Wire::new();
        wire.feed(&sent);
        wire.serve(|connection, now, _| drop(read(connection, now)));
        assert_eq!(wire.brief(), "");
    }
}

#[test]
fn the_limit_refuses_at_once_and_the_response_has_close() {
    let config = Config { client_max_body_size: 4, ..Config::default() };
    for sent in [
        post("Content-Length: 5", ""),
        post("Transfer-Encoding: chunked", "5\r\n"),
        post("Transfer-Encoding: chunked", "3\r\nabc\r\n2\r\n"),
    ] {
        let mut wire = Wire::with(config.clone());
        wire.feed(&sent);
        wire.serve(|connection, now, _| {
            let too_large = Error::Peer(PeerError::BodyTooLarge);
            while let Ok(Decoded::Data(_)) = connection.ongoing().body().poll(now, 100) {}
            assert_eq!(connection.ongoing().body().poll(now, 100), Err(too_large));
            assert_eq!(connection.ongoing().body().poll(now, 100), Err(too_large), "and again");
            connection.ongoing().response_mut().unwrap().set_status(413).unwrap();
            connection.ongoing().end(now, "".into()).unwrap();
            connection.ongoing().handler_done(now);
        });
        let expected = "HTTP/1.1 413 Content Too Large|Content-Length: 0|Connection: close||";
        assert_eq!((wire.brief().as_str(), wire.fate()), (expected, "lingering"));
    }
    // A handler of its own may take more.
    let mut wire = Wire::with(config);
    wire.feed(&post("Content-Length: 5", "hello"));
    wire.serve(|connection, now, _| {
        connection.ongoing().body().set_limit(5);
        assert_eq!(read(connection, now), Ok(("hello".to_owned(), true)));
    });
}

#[test]
fn a_body_cut_short_is_a_fault_of_the_peer() {
    let mut wire = Wire::new();
    wire.feed(&post("Content-Length: 5", "he"));
    wire.end_input();
    wire.serve(|connection, now, _| {
        let cut = Err(Error::Peer(PeerError::BodyCutShort));
        assert_eq!(connection.ongoing().body().poll(now, 100), Ok(Decoded::Data("he".into())));
        assert_eq!(connection.ongoing().body().poll(now, 100), cut);
    });
}

/// The backpressure: what is not read is not taken from the socket either.
#[test]
fn an_unread_body_stops_the_input_within_one_buffer() {
    let mut wire = Wire::new();
    wire.feed(&post("Content-Length: 1000000", ""));
    wire.serve(|_, _, _| {});
    let mut taken = 0;
    while wire.connection.peek().wants_input() {
        wire.feed(&[b'x'; 1_000]);
        taken += 1_000;
        assert!(taken < 100_000);
    }
    assert!(taken <= 17_000, "{taken}");
    let now = wire.now();
    let piece = wire.connection.ongoing().body().poll(&now, usize::MAX).unwrap();
    assert!(matches!(piece, Decoded::Data(data) if data.len() == taken));
    assert!(wire.connection.peek().wants_input());
}

#[test]
fn raw_reading_leaves_the_chunks_in_place() {
    let chunks = "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    let mut wire = Wire::new();
    wire.feed(&post("Transfer-Encoding: chunked", chunks));
    wire.feed(NEXT);
    let mut raw = Vec::new();
    wire.serve(|connection, now, _| {
        while let Decoded::Data(data) = connection.ongoing().body().poll_raw(now, 4).unwrap() {
            raw.extend_from_slice(&data);
        }
        connection.ongoing().end(now, "".into()).unwrap();
        connection.ongoing().handler_done(now);
    });
    assert_eq!(String::from_utf8(raw).unwrap(), chunks);
    assert_eq!(wire.urls, ["/", "/next"]);
}

#[test]
fn reading_and_answering_go_together() {
    let mut wire = Wire::new();
    wire.feed(&post("Content-Length: 4", "ab"));
    wire.serve(|connection, now, _| Write("first").to(connection, now).unwrap());
    wire.feed(b"cd");
    let now = wire.now();
    assert_eq!(read(&mut wire.connection, &now), Ok(("abcd".to_owned(), true)));
    Read.to(&mut wire.connection, &now).unwrap();
    wire.connection.ongoing().handler_done(&now);
    wire.transmit();
    assert!(wire.brief().ends_with("5|first|0||"));
    assert_eq!(wire.fate(), "kept");
}

#[test]
fn a_body_goes_on_in_the_buffer_that_a_piece_is_in() {
    let mut wire = Wire::new();
    let buffer = BytesMut::with_capacity(65_536);
    let start = buffer.as_ptr().addr();
    wire.connection.adopt_buffer(buffer);
    let sent = post("Content-Length: 40000", &"x".repeat(10_000));
    wire.feed(&sent);
    let now = wire.now();
    let event = wire.connection.poll_event(&now);
    assert!(matches!(event, Some(Event::Request(_))), "{event:?}");
    let piece = wire.connection.ongoing().body().poll(&now, usize::MAX).unwrap();
    assert_eq!(piece, Decoded::Data("x".repeat(10_000).into()));
    let mut room = wire.connection.input_buffer();
    assert_eq!(room.chunk_mut().as_mut_ptr().addr(), start + sent.len());
    assert_eq!(room.remaining_mut(), 65_536 - sent.len());
    drop(piece);
    let mut room = wire.connection.input_buffer();
    assert_eq!(room.chunk_mut().as_mut_ptr().addr(), start);
}
