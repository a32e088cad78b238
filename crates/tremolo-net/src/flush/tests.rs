//! Flushing into a target that does at each call what a test lists.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BufMut;
use tremolo_core::{Bounds, CloseReason, Config, Piece, Settings};

use super::*;

/// What the target does at one call.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Takes at most so many bytes.
    Take(usize),
    Block,
    Fail(io::ErrorKind),
}

use Step::{Block, Fail, Take};

/// A target that follows a list, and takes everything when the list is used up.
#[derive(Debug, Default)]
struct Target {
    steps: VecDeque<Step>,
    written: Vec<u8>,
    /// The calls: `bytes`, `slices`, `more follows`, `file`, `shutdown`.
    calls: Vec<&'static str>,
}

impl Target {
    fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), ..Self::default() }
    }

    fn step(&mut self, call: &'static str, offered: &[u8]) -> Poll<io::Result<usize>> {
        self.calls.push(call);
        match self.steps.pop_front() {
            Some(Block) => Poll::Pending,
            Some(Fail(kind)) => Poll::Ready(Err(kind.into())),
            step => {
                let room = if let Some(Take(room)) = step { room } else { usize::MAX };
                let count = offered.len().min(room);
                self.written.extend_from_slice(&offered[..count]);
                Poll::Ready(Ok(count))
            }
        }
    }
}

impl FlushTarget for Target {
    fn poll_write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.step("bytes", bytes)
    }

    fn poll_write_vectored(
        &mut self,
        slices: &[IoSlice<'_>],
        more_follows: bool,
    ) -> Poll<io::Result<usize>> {
        let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        self.step(if more_follows { "more follows" } else { "slices" }, &bytes)
    }

    fn poll_send_file(&mut self, region: &FileRegion) -> Poll<io::Result<usize>> {
        self.step("file", &vec![FILE; usize::try_from(region.length).unwrap()])
    }

    fn poll_shutdown(&mut self, _is_cut: bool) -> Poll<io::Result<()>> {
        self.step("shutdown", &[]).map_ok(drop)
    }
}

fn now() -> Now {
    Now::new(Instant::now(), 784_111_777)
}

/// What a handler responds with.
#[derive(Clone, Copy, Debug)]
enum Body {
    Short,
    /// Longer than what the queue copies, so that the response is written as slices.
    Long,
    /// A part of a file of so many bytes.
    File(u64),
}

/// A connection whose handler has got this request.
fn asked(request: &[u8]) -> Connection {
    let now = &now();
    let settings = Settings::new(Config::default()).unwrap();
    let mut connection = Connection::new(Arc::new(settings), None, now);
    connection.input_buffer().put_slice(request);
    connection.handle_input(now);
    assert!(connection.poll_event(now).is_some());
    connection
}

/// A connection with a response in its queue. `closes`: its half is closed afterwards.
fn responding(body: Body, closes: bool) -> Connection {
    let now = &now();
    let mut connection = asked(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut exchange = connection.current().unwrap();
    if closes {
        exchange.response_mut().unwrap().set(b"Connection", b"close").unwrap();
    }
    match body {
        Body::Short => exchange.end(now, "short".into()).unwrap(),
        Body::Long => exchange.end(now, Piece::Owned(vec![b'l'; 9_000])).unwrap(),
        Body::File(length) => {
            let region = FileRegion { file: Arc::new(()), offset: 0, length };
            let declared = length.to_string();
            let head = exchange.response_mut().unwrap();
            head.set(b"Content-Length", declared.as_bytes()).unwrap();
            exchange.write_file(now, region).unwrap();
        }
    }
    exchange.handler_done(now);
    connection
}

/// The bytes of the response, and the calls that write it, if the socket takes everything.
fn whole(body: Body, closes: bool) -> (Vec<u8>, Vec<&'static str>) {
    let mut target = Target::default();
    let flushed = flush(&mut responding(body, closes), &mut target, &now());
    assert_eq!(flushed, PROGRESS);
    (target.written, target.calls)
}

/// Each byte of a file.
const FILE: u8 = 0;

const BODIES: [Body; 3] = [Body::Short, Body::Long, Body::File(1_200)];
const PROGRESS: Flushed = Flushed { progress: true, is_unfinished: false };
const NOTHING: Flushed = Flushed { progress: false, is_unfinished: false };

#[test]
fn each_kind_of_output_has_its_call() {
    assert_eq!(whole(Body::Short, false).1, ["bytes"]);
    assert_eq!(whole(Body::Long, false).1, ["slices"]);
    assert_eq!(whole(Body::File(9), true).1, ["more follows", "file", "shutdown"]);
    let mut idle = responding(Body::Short, false);
    assert_eq!(flush(&mut idle, &mut Target::default(), &now()), PROGRESS);
    let mut target = Target::default();
    assert_eq!(flush(&mut idle, &mut target, &now()), NOTHING);
    assert!(target.calls.is_empty());
}

/// They leave in one packet, and the shutdown comes before the close: an unread byte would make the
/// close drop what has not left.
#[test]
fn the_end_of_a_connection_follows_its_last_bytes_at_once() {
    let expected = ["more follows", "more follows", "shutdown"];
    for body in [Body::Short, Body::Long] {
        let mut target = Target::of([Take(9)]);
        assert_eq!(flush(&mut responding(body, true), &mut target, &now()), PROGRESS);
        assert_eq!(target.calls, expected, "{body:?}");
    }
    let now = &now();
    let mut connection = asked(b"GET / HTTP/1.0\r\n\r\n");
    connection.current().unwrap().end(now, "short".into()).unwrap();
    connection.current().unwrap().handler_done(now);
    let mut target = Target::of([Take(9)]);
    assert_eq!(flush(&mut connection, &mut target, now), PROGRESS);
    assert_eq!(target.calls, expected);
    assert!(connection.peek().is_closed(), "the client sends nothing more");
}

#[test]
fn the_bytes_do_not_depend_on_what_the_socket_takes() {
    for body in BODIES {
        let (expected, _) = whole(body, false);
        for size in [1, 7, 300, 4_096, 65_535] {
            let mut connection = responding(body, false);
            let mut target = Target::of(vec![Take(size); expected.len() / size + 1]);
            assert_eq!(flush(&mut connection, &mut target, &now()), PROGRESS, "{body:?}");
            assert!(target.written == expected, "{body:?} in pieces of {size}");
        }
    }
}

#[test]
fn a_socket_that_blocks_gets_the_rest_later() {
    for body in BODIES {
        let (expected, calls) = whole(body, true);
        // Blocks at each call in turn, after a part of what the call before it has offered.
        for at in 0..=calls.len() {
            let mut connection = responding(body, true);
            let taken = std::iter::repeat_n(Take(150), at);
            let mut target = Target::of(taken.chain([Block, Block]));
            let first = flush(&mut connection, &mut target, &now());
            assert_eq!(first.progress, at > 0, "{body:?} {at}");
            assert_eq!(flush(&mut connection, &mut target, &now()), NOTHING, "{body:?} {at}");
            assert_eq!(flush(&mut connection, &mut target, &now()), PROGRESS, "{body:?} {at}");
            assert!(target.written == expected, "{body:?} {at}");
        }
    }
}

#[test]
fn a_blocked_socket_has_a_deadline() {
    let mut connection = responding(Body::Long, false);
    let (soon, later) = (now().instant, now().instant + Duration::from_secs(3_600));
    let limit = soon + Config::default().write_timeout + Duration::from_secs(1);
    assert!(limit < later);
    let mut target = Target::of([Block]);
    assert_eq!(flush(&mut connection, &mut target, &now()), NOTHING);
    assert!(connection.has_deadline_before(limit));
    connection.handle_timeout(&Now::new(limit, 784_111_777));
    assert!(connection.peek().is_closed());
}

#[test]
fn a_socket_that_fails_resets_the_connection() {
    for body in BODIES {
        let calls = whole(body, true).1;
        for at in 0..calls.len() {
            for failure in [Fail(io::ErrorKind::BrokenPipe), Fail(io::ErrorKind::NotConnected)] {
                let mut connection = responding(body, true);
                let taken = std::iter::repeat_n(Take(usize::MAX), at);
                let mut target = Target::of(taken.chain([failure]));
                assert_eq!(flush(&mut connection, &mut target, &now()), PROGRESS, "{at}");
                assert!(connection.peek().is_closed(), "{body:?} {at}");
                assert_eq!(target.calls.len(), at + 1, "nothing is written afterwards");
            }
        }
    }
}

#[test]
fn a_socket_that_takes_no_bytes_of_a_response_has_failed() {
    let mut connection = responding(Body::Short, false);
    let flushed = flush(&mut connection, &mut Target::of([Take(0)]), &now());
    assert_eq!(
        (flushed, connection.peek().close_reason()),
        (PROGRESS, Some(CloseReason::PeerGone))
    );
}

#[test]
fn a_signal_changes_nothing() {
    for body in BODIES {
        let (expected, _) = whole(body, false);
        let signal = Fail(io::ErrorKind::Interrupted);
        let mut target = Target::of([signal, Take(9), signal, Take(usize::MAX), signal]);
        let mut connection = responding(body, false);
        assert_eq!(flush(&mut connection, &mut target, &now()), PROGRESS);
        assert!(target.written == expected && !connection.peek().is_closed(), "{body:?}");
    }
}

#[test]
fn a_file_that_fails_cuts_the_response() {
    let mut connection = responding(Body::File(1_200), false);
    let mut target = Target::of([Take(usize::MAX), Take(999), Take(0)]);
    assert_eq!(flush(&mut connection, &mut target, &now()), PROGRESS);
    assert_eq!(connection.peek().close_reason(), Some(CloseReason::FileFailed));
    assert_eq!(target.written.iter().filter(|byte| **byte == FILE).count(), 999);
    assert_eq!(target.calls, ["more follows", "file", "file", "shutdown"]);
}

#[test]
fn the_end_of_the_turn_ends_the_flush() {
    let megabytes = u64::from(Bounds::CONNECTION.bytes) * 2;
    let mut connection = responding(Body::File(megabytes), false);
    connection.turn_mut().begin(&Bounds::CONNECTION);
    let mut target = Target::of([Take(usize::MAX), Take(Bounds::CONNECTION.bytes as usize)]);
    let unfinished = Flushed { is_unfinished: true, ..PROGRESS };
    assert_eq!(flush(&mut connection, &mut target, &now()), unfinished);
    assert!(!flush(&mut connection, &mut target, &now()).progress, "the turn is over");
    assert_eq!(target.calls.len(), 2);
    connection.turn_mut().begin(&Bounds::CONNECTION);
    assert!(flush(&mut connection, &mut target, &now()).progress);
    assert_eq!(target.calls.len(), 3);
}
