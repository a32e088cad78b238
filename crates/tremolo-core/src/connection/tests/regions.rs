//! Parts of files in the transmit queue: the same framing, order, backpressure and clocks as bytes.
//! Each byte of the file under test is its own position.

use std::sync::Arc;

use super::Say::{Set, Write};
use super::*;
use crate::connection::FileRegion;
use crate::error::Misuse;

fn region(offset: u64, length: u64) -> FileRegion {
    FileRegion { file: Arc::new("the file"), offset, length }
}

/// The letters of the alphabet, as they stand in the file under test.
const LETTERS: u64 = b'a' as u64;

fn serve(wire: &mut Wire, before: &[Say], regions: &[(u64, u64)], after: &[Say]) -> Vec<Error> {
    let mut errors = Vec::new();
    wire.serve(|connection, now, _| {
        for said in before {
            errors.extend(said.to(connection, now).err());
        }
        for (offset, length) in regions {
            errors.extend(connection.ongoing().write_file(now, region(*offset, *length)).err());
        }
        for said in after {
            errors.extend(said.to(connection, now).err());
        }
        connection.ongoing().handler_done(now);
    });
    errors
}

#[test]
fn a_region_is_framed_like_bytes() {
    let (length, close) = (Set("Content-Length", "3"), "Connection: close");
    for (request, before, wanted) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", length, "Content-Length: 3||abc"),
        ("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", length, "Content-Length: 3||"),
        (
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            Set("X", "y"),
            "Transfer-Encoding: chunked||3|abc|0||",
        ),
        ("GET / HTTP/1.0\r\n\r\n", Set("X", "y"), "||abc"),
    ] {
        let mut wire = Wire::new();
        wire.feed(request.as_bytes());
        assert_eq!(serve(&mut wire, &[before], &[(LETTERS, 3)], &[]), []);
        let told =
            wire.brief().replace(&format!("|{close}"), "").replace("|Connection: keep-alive", "");
        assert!(told.ends_with(wanted), "{request}: {told}");
    }
}

#[test]
fn regions_and_bytes_keep_their_order() {
    let mut wire = Wire::new();
    wire.feed(GET);
    let regions = [(LETTERS, 2), (LETTERS + 5, 0), (LETTERS + 3, 1)];
    assert_eq!(serve(&mut wire, &[Write("one")], &regions, &[Write("two")]), []);
    assert!(wire.brief().ends_with("||3|one|2|ab|1|d|3|two|0||"));
    assert_eq!(wire.fate(), "kept");
}

#[test]
fn more_than_the_declared_length_is_refused_whole() {
    let mut wire = Wire::new();
    wire.feed(GET);
    let errors =
        serve(&mut wire, &[Set("Content-Length", "3")], &[(LETTERS, 4), (LETTERS, 3)], &[]);
    assert_eq!(errors, [Misuse::BodyTooLong.into()]);
    assert!(wire.brief().ends_with("||abc"));
}

#[test]
fn nothing_follows_an_ended_response() {
    let mut wire = Wire::new();
    wire.feed(GET);
    let ended = [Write("x"), Write("")];
    assert_eq!(serve(&mut wire, &ended, &[(LETTERS, 1)], &[]), [Misuse::ResponseEnded.into()]);
    assert!(wire.brief().ends_with("||1|x|0||"));
}

#[test]
fn what_the_socket_takes_is_counted_and_the_rest_waits() {
    let mut wire = Wire::new();
    wire.feed(GET);
    wire.room = 0;
    let five_gib = 5 << 30;
    serve(&mut wire, &[Set("Content-Length", "5368709120")], &[(LETTERS, five_gib)], &[]);
    assert!(wire.connection.is_write_blocked());
    let head = wire.connection.peek().queued() - usize::try_from(five_gib).unwrap();
    let now = wire.now();
    wire.connection.transmitted(&now, head);
    for (written, next) in [(1 << 32, LETTERS + (1 << 32)), (5, LETTERS + (1 << 32) + 5)] {
        wire.connection.transmitted(&now, written);
        let Some(Transmit::File(next_region)) = wire.connection.poll_transmit(&now) else {
            panic!("the rest of the file is next");
        };
        assert_eq!(next_region.offset, next);
        assert_eq!(next_region.offset + next_region.length, LETTERS + five_gib);
        assert_eq!(next_region.file.downcast_ref(), Some(&"the file"));
    }
    wire.pass(Duration::from_secs(31));
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::WriteTimeout));
}

#[test]
fn a_file_that_fails_cuts_the_response_and_what_is_queued_behind_it() {
    for (request, fate) in [("", "lingering"), ("Connection: close\r\n", "closed")] {
        let mut wire = Wire::new();
        wire.feed(format!("GET / HTTP/1.1\r\nHost: a\r\n{request}\r\n").as_bytes());
        wire.room = 0;
        serve(&mut wire, &[Set("Content-Length", "9")], &[(LETTERS, 9)], &[]);
        let now = wire.now();
        wire.connection.file_failed(&now);
        assert_eq!(wire.connection.peek().queued(), 0);
        wire.transmit();
        assert_eq!(wire.fate(), fate);
        assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::FileFailed));
    }
}

#[test]
fn a_rate_holds_for_files() {
    let config = Config { download_rate: 16_384, ..Config::default() };
    let mut wire = Wire::with(config);
    wire.feed(GET);
    serve(&mut wire, &[Set("Content-Length", "1000000")], &[(0, 1_000_000)], &[]);
    let burst = wire.out.len();
    assert_eq!(burst, 4 * 16_384);
    wire.pass(Duration::from_secs(6));
    wire.transmit();
    assert_eq!(wire.out.len(), 6 * 16_384);
}
