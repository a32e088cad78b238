//! Arbitrary sequences of actions by peer, socket, clock and application on a connection.
//!
//! The driver follows its contract (events, then writes, then deadlines, after every step); the
//! application follows none: it makes any call at any time. After each step the invariants of
//! `check` hold. At the end the written bytes are valid HTTP, if the application used only HTTP.

mod accepted;
mod application;
mod check;
mod file;
mod record;
mod websocket;

use std::sync::Arc;
use std::time::Duration;

use tremolo_core::{BufferPool, CloseReason, Config, Connection, Event};

use self::accepted::Accepted;
use self::record::Record;
use crate::driver::{Wire, small};
use crate::file::FILE_REQUESTS;
use crate::file::PatternFile;
use crate::script::Script;

/// `[limits][step]*`.
pub fn connection_ops(data: &[u8]) {
    let mut script = Script::new(data);
    let config = if script.flag() { small() } else { Config::default() };
    let mut world = World::new(config);
    for _ in 0..400 {
        if script.is_empty() {
            break;
        }
        world.step(&mut script);
    }
    world.finish();
}

/// The state of the exchange, as the driver knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handler {
    None,
    Running,
    LeftOpen,
}

/// A connection, its environment, and the record of events.
struct World {
    wire: Wire,
    handler: Handler,
    record: Record,
    /// The file that responses send.
    file: Arc<PatternFile>,
    /// The peer has closed its sending side.
    at_eof: bool,
    /// The connection was broken on purpose: queued bytes may be lost.
    is_broken: bool,
    is_upgraded: bool,
    /// The application has ended the response.
    is_ended: bool,
    /// The application has sent raw bytes as the response.
    has_sent: bool,
    was_closed: bool,
    websocket: Option<Accepted>,
}

const SNIPPETS: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"5\r\nhello\r\n",
    b"0\r\n\r\n",
    b"0\r\nA: b\r\n\r\n",
    b"56789",
    b"\r\n",
    b"GET / HTTP/1.1\r\nHost",
    b": a\r\n\r\n",
    &[b'x'; 700],
    &[b'y'; 5_000],
    b"bad\r\n\r\n",
];

impl World {
    fn new(config: Config) -> Self {
        Self {
            wire: Wire::new(config),
            handler: Handler::None,
            record: Record::default(),
            file: Self::new_file(),
            at_eof: false,
            is_broken: false,
            is_upgraded: false,
            is_ended: false,
            has_sent: false,
            was_closed: false,
            websocket: None,
        }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        let code = script.byte();
        self.watch(|world| world.act(code, script));
    }

    /// Performs an action, then the duties of the driver.
    fn watch(&mut self, act: impl FnOnce(&mut Self)) {
        let queued = self.wire.connection.peek().queued();
        act(self);
        self.check_queue(queued);
        self.drive();
    }

    fn act(&mut self, code: u8, script: &mut Script<'_>) {
        match code {
            // Separate from the others, so that saved inputs keep their meaning.
            240..=243 => return self.feed(script.pick(FILE_REQUESTS)),
            244..=251 => return self.file_call(code - 244, script),
            252..=255 => return self.websocket_step(code - 252, script),
            _ => {}
        }
        match code % 40 {
            0..=5 => self.feed(script.pick(SNIPPETS)),
            6 => self.feed(script.piece()),
            7 => self.eof(),
            8 => self.wire.room = script.byte().into(),
            9 => self.wire.room = usize::from(script.byte()) * 500,
            10 => self.wire.room = usize::MAX,
            11 => self.pass(Duration::from_millis(script.size() as u64)),
            12 => self.advance_to_deadline(),
            13 => self.break_connection(script),
            14 => self.wire.connection.drain(&self.wire.now),
            15 => self.wire.connection.close_idle(),
            16 => self.swap_buffer(),
            _ => self.call(code % 40 - 17, script),
        }
    }

    fn eof(&mut self) {
        if self.wire.connection.peek().wants_input() {
            self.at_eof = true;
            self.wire.connection.handle_eof(&self.wire.now);
        }
    }

    fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let taken @ 1.. = self.wire.feed(rest) {
            rest = &rest[taken..];
            self.drive();
        }
    }

    fn pass(&mut self, time: Duration) {
        self.wire.pass(time);
        let reason = self.wire.connection.peek().close_reason();
        self.is_broken |=
            matches!(reason, Some(CloseReason::WriteTimeout | CloseReason::PingTimeout));
        // The peer of a WebSocket is gone, and its application takes no message.
        self.is_broken |= self.websocket.is_some() && reason == Some(CloseReason::PeerGone);
    }

    /// Advances the time to the next deadline.
    fn advance_to_deadline(&mut self) {
        if let Some(deadline) = self.wire.connection.poll_deadline() {
            self.pass(deadline.at.saturating_duration_since(self.wire.now.instant));
        }
    }

    fn break_connection(&mut self, script: &mut Script<'_>) {
        self.is_broken = true;
        match script.flag() {
            true => self.wire.connection.handle_reset(&self.wire.now),
            false => self.wire.connection.abort(CloseReason::Shutdown),
        }
    }

    fn swap_buffer(&mut self) {
        let buffers = |connection: &Connection| {
            (connection.peek().has_buffer(), connection.peek().has_exchange_buffers())
        };
        let (mut pool, before) = (BufferPool::new(), buffers(&self.wire.connection));
        pool.reclaim(&mut self.wire.connection);
        pool.attach(&mut self.wire.connection);
        let is_same = buffers(&self.wire.connection) == before;
        assert!(is_same || self.websocket.is_some(), "a buffer was lost");
    }

    /// All duties of the driver. Sent bytes make room for the next pipelined request.
    fn drive(&mut self) {
        loop {
            self.serve();
            let written = self.wire.out.len();
            self.wire.flush();
            if self.wire.out.len() == written {
                break;
            }
        }
        self.check();
    }

    fn serve(&mut self) {
        loop {
            let queued = self.wire.connection.peek().queued();
            let event = self.wire.connection.poll_event(&self.wire.now);
            self.check_queue(queued);
            match event {
                None => return,
                Some(Event::Request(head)) => {
                    assert_eq!(self.handler, Handler::None, "two exchanges at once");
                    assert!(!self.wire.connection.peek().is_closed(), "a request after the end");
                    self.begin(head.method() == "HEAD");
                }
                Some(Event::Fault(_)) => {
                    assert_eq!(self.handler, Handler::None, "a fault within an exchange");
                    assert!(!self.wire.connection.peek().is_closed(), "a fault after the end");
                    // For a malformed head the method is known only if it is HEAD.
                    let exchange =
                        self.wire.connection.peek().current().expect("a fault begins one");
                    self.begin(exchange.head().method() == "HEAD");
                    self.fail();
                    self.handler_done();
                }
                Some(Event::Cancel(_)) => {
                    assert_eq!(self.handler, Handler::Running, "a cancel without a handler");
                    self.fail();
                    self.handler_done();
                }
                Some(event) => panic!("{event:?}"),
            }
        }
    }

    fn begin(&mut self, is_head: bool) {
        self.handler = Handler::Running;
        (self.is_ended, self.has_sent) = (false, false);
        self.record.begin(is_head);
    }

    /// Ends the exchange, the peer and the connection.
    fn finish(mut self) {
        self.wire.room = usize::MAX;
        self.drive();
        self.watch(Self::eof);
        self.watch(|world| match world.handler {
            Handler::None => {}
            Handler::Running => world.handler_done(),
            Handler::LeftOpen => world.abandon(),
        });
        // Pipelined requests behind the exchange were served and are done too.
        for _ in 0..32 {
            self.watch(Self::handler_done);
        }
        self.watch(Self::eof);
        assert!(
            self.wire.connection.peek().is_closed(),
            "{:?} outlives its peer",
            self.wire.connection
        );
        let reason = self.wire.connection.peek().close_reason();
        let may_be_cut = self.is_broken
            || matches!(reason, Some(CloseReason::ResponseCut | CloseReason::FileFailed));
        self.record.check(&self.wire.out, may_be_cut);
        if let Some(accepted) = self.websocket.filter(|_| !self.is_broken) {
            accepted.check(&self.wire.out);
        }
    }
}
