//! A host: handlers that respond at once, in pieces, or with the body that they read.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;
use tempfile::TempDir;
use tremolo_core::http1::body::Decoded;
use tremolo_core::{Config, Connection, Exchange, Now, Piece, Settings};
use tremolo_net::{ListenAddress, Listening};
use tremolo_python::reactor::{ConnectionId, Event, Reactor};

use super::client::Client;
use crate::script::Script;

/// A server, its clients, and the recorded responses.
pub(super) struct World {
    reactor: Reactor,
    now: Now,
    folder: TempDir,
    clients: Vec<Client>,
    jobs: Vec<Job>,
    requests: u32,
    /// The requests that the host received, in order.
    pub(super) delivered: Vec<u32>,
    /// The response of the host to each request.
    pub(super) responses: HashMap<u32, Vec<u8>>,
    /// Time has passed, or the server drains: a request may be cut.
    pub(super) is_relaxed: bool,
}

/// A handler that has not returned.
#[derive(Debug)]
struct Job {
    id: ConnectionId,
    number: u32,
    /// The bytes that it has read or written.
    body: Vec<u8>,
    /// Pieces still to be written. Without any, the handler reads the body and echoes it.
    pieces: Option<u8>,
    /// It continues when the reactor wakes it.
    waits: bool,
}

impl World {
    pub(super) fn new(max_connections: usize, is_small: bool) -> Self {
        let buffer_size = if is_small { 1_024 } else { Config::default().buffer_size };
        let config = Config { buffer_size, ..Config::default() };
        let settings = Arc::new(Settings::new(config).expect("it is valid"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = ListenAddress::Unix(folder.path().join("s"));
        let listening = Listening::bind(&address, settings.config()).expect("a new folder");
        let mut reactor = Reactor::new(settings, max_connections).expect("a few descriptors");
        reactor.listen(listening).expect("a valid listener");
        Self {
            reactor,
            now: Now::new(Instant::now(), 784_111_777),
            folder,
            clients: Vec::new(),
            jobs: Vec::new(),
            requests: 0,
            delivered: Vec::new(),
            responses: HashMap::new(),
            is_relaxed: false,
        }
    }

    pub(super) fn connect(&mut self) {
        // A draining server has closed its listener.
        if self.clients.len() < MAX_CLIENTS && !self.is_relaxed {
            self.clients.push(Client::connect(&self.folder.path().join("s")));
        }
    }

    pub(super) fn client(&mut self, script: &mut Script<'_>) -> Option<&mut Client> {
        let at = usize::from(script.byte());
        let count = self.clients.len();
        self.clients.get_mut(at.checked_rem(count)?)
    }

    /// A client sends one more request.
    pub(super) fn request(&mut self, script: &mut Script<'_>) {
        let (code, number) = (script.byte(), self.requests);
        self.requests += 1;
        let close = if code & 64 == 0 { "" } else { "Connection: close\r\n" };
        let mut bytes = Vec::new();
        let mut push = |method: &str, framing: &str| {
            let head = format!("{method} /{number} HTTP/1.1\r\nHost: a\r\n{close}{framing}\r\n");
            bytes.extend_from_slice(head.as_bytes());
        };
        match code % 4 {
            0 | 1 => push("GET", ""),
            2 => {
                let body = vec![b'b'; script.size()];
                push("POST", &format!("Content-Length: {}\r\n", body.len()));
                bytes.extend_from_slice(&body);
            }
            _ => {
                push("POST", "Transfer-Encoding: chunked\r\n");
                bytes.extend_from_slice(b"5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n");
            }
        }
        if let Some(client) = self.client(script) {
            client.queue(number, &bytes, code & 64 != 0);
        }
    }

    /// A client disconnects, with unread bytes.
    pub(super) fn disconnect(&mut self, script: &mut Script<'_>) {
        let at = usize::from(script.byte());
        if let Some(at) = at.checked_rem(self.clients.len()) {
            self.clients.swap_remove(at);
        }
    }

    pub(super) fn wake(&mut self) {
        self.reactor.waker().wake().expect("a waker wakes");
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now = Now::new(self.now.instant + time, self.now.wall_seconds + time.as_secs());
    }

    pub(super) fn pass_for_long(&mut self) {
        self.is_relaxed = true;
        if let Some(at) = self.reactor.next_deadline() {
            self.pass(at.saturating_duration_since(self.now.instant));
        }
    }

    pub(super) fn drain(&mut self, script: &mut Script<'_>) {
        self.is_relaxed = true;
        let now = self.now;
        self.reactor.drain(&now);
        self.serve(script);
    }

    /// One turn of the loop.
    pub(super) fn turn(&mut self, script: &mut Script<'_>) {
        self.reactor.collect(&self.now).expect("the system does not fail");
        self.serve(script);
    }

    /// A handler that does not wait continues.
    pub(super) fn work(&mut self, script: &mut Script<'_>) {
        let start = usize::from(script.byte());
        let count = self.jobs.len();
        let ready = (0..count).map(|at| (start + at) % count).find(|at| !self.jobs[*at].waits);
        if let Some(at) = ready {
            self.resume(at);
            self.serve(script);
        }
    }

    fn serve(&mut self, script: &mut Script<'_>) {
        for _ in 0..MAX_EVENTS {
            let Some((id, event)) = self.reactor.poll_event(&self.now) else { return };
            self.act(id, event, script);
        }
        panic!("events without end");
    }

    fn act(&mut self, id: ConnectionId, event: Event, script: &mut Script<'_>) {
        let job = self.jobs.iter().position(|job| job.id == id);
        match event {
            Event::Request(head) => {
                assert!(job.is_none(), "two requests at once");
                let path = std::str::from_utf8(&head.path()[1..]).expect("a number");
                let number = path.parse().expect("a number");
                assert!(!self.delivered.contains(&number), "{number} was there before");
                self.delivered.push(number);
                self.begin(id, number, script);
            }
            Event::Readable | Event::Writable => {
                // A cancelled handler no longer waits.
                if let Some(at) = job.filter(|at| self.jobs[*at].waits) {
                    self.jobs[at].waits = false;
                    self.resume(at);
                }
            }
            Event::Cancel(_) => {
                let at = job.expect("only a handler is cancelled");
                self.done(at);
            }
            Event::Fault(fault) => {
                assert!(self.is_relaxed, "{fault:?}");
                let Some(mut exchange) = exchange_of(&mut self.reactor, id) else { return };
                if let Ok(head) = exchange.response_mut() {
                    head.set_status(fault.status().as_u16()).expect("a status");
                }
                let _ = exchange.end(&self.now, Piece::Slice(b"fault"));
                exchange.handler_done(&self.now);
            }
            Event::Closed(_) => assert!(self.reactor.peek(id).is_some_and(|c| c.is_closed())),
            other => panic!("{other:?}"),
        }
    }

    fn begin(&mut self, id: ConnectionId, number: u32, script: &mut Script<'_>) {
        let code = script.byte();
        let mut body = format!("{number}:").into_bytes();
        let pieces = match code % 4 {
            0 => {
                body.resize(body.len() + usize::from(code) * 1_000, b'x');
                let now = self.now;
                let mut exchange = exchange_of(&mut self.reactor, id).expect("a request has one");
                if exchange.end(&now, Piece::from(body.clone())).is_ok() {
                    self.responses.insert(number, body);
                }
                exchange.handler_done(&now);
                return;
            }
            1 => Some(code / 16),
            _ => None,
        };
        self.jobs.push(Job { id, number, body, pieces, waits: false });
        // Most handlers start at once, some later.
        if code & 128 != 0 {
            self.resume(self.jobs.len() - 1);
        }
    }

    /// Runs a handler until it waits or returns.
    fn resume(&mut self, at: usize) {
        match self.jobs[at].pieces {
            Some(left) => self.write(at, left),
            None => self.read(at),
        }
    }

    fn read(&mut self, at: usize) {
        let (job, now) = (&mut self.jobs[at], self.now);
        let exchange = exchange_of(&mut self.reactor, job.id);
        let Some(mut exchange) = exchange else { return self.done(at) };
        loop {
            match exchange.body().poll(&now, usize::MAX) {
                Ok(Decoded::Data(data)) => job.body.extend_from_slice(&data),
                Ok(Decoded::NeedInput) => {
                    job.waits = true;
                    return self.reactor.wait_readable(job.id);
                }
                Ok(Decoded::End) => {
                    if exchange.end(&now, Piece::from(job.body.as_slice())).is_ok() {
                        self.responses.insert(job.number, job.body.clone());
                    }
                    return self.done(at);
                }
                Err(_) => return self.done(at),
            }
        }
    }

    fn write(&mut self, at: usize, left: u8) {
        let (job, now) = (&mut self.jobs[at], self.now);
        let exchange = exchange_of(&mut self.reactor, job.id);
        let Some(mut exchange) = exchange else { return self.done(at) };
        for left in (0..left).rev() {
            if exchange.is_write_blocked() {
                (job.waits, job.pieces) = (true, Some(left + 1));
                return self.reactor.wait_writable(job.id);
            }
            let piece = vec![left; 9_000];
            if exchange.write(&now, Piece::from(piece.as_slice())).is_err() {
                return self.done(at);
            }
            job.body.extend_from_slice(&piece);
        }
        let skip = format!("{}:", job.number).len();
        if exchange.end(&now, Piece::Slice(&[])).is_ok() {
            self.responses.insert(job.number, job.body[skip..].to_vec());
        }
        self.done(at);
    }

    /// A handler returns.
    fn done(&mut self, at: usize) {
        let job = self.jobs.swap_remove(at);
        if let Some(mut exchange) = exchange_of(&mut self.reactor, job.id) {
            exchange.handler_done(&self.now);
        }
    }

    /// Runs turns while they are requested, and lets all clients send and read.
    pub(super) fn settle(&mut self, script: &mut Script<'_>) {
        for _ in 0..MAX_TURNS {
            let mut goes_on = false;
            for client in &mut self.clients {
                goes_on |= client.send(usize::MAX);
                goes_on |= client.receive(usize::MAX);
            }
            while let Some(at) = self.jobs.iter().position(|job| !job.waits) {
                self.resume(at);
                self.serve(script);
                goes_on = true;
            }
            if self.is_called() {
                self.turn(script);
                goes_on = true;
            }
            if !goes_on {
                return;
            }
        }
        panic!("{:?} keeps its host busy", self.reactor);
    }

    fn is_called(&mut self) -> bool {
        let overdue = self.reactor.next_deadline().is_some_and(|at| at <= self.now.instant);
        let none = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut watched = [PollFd::new(&self.reactor, PollFlags::IN)];
        let ready = retry_on_intr(|| poll(&mut watched, Some(&none))).expect("a descriptor");
        let is_readable = ready > 0;
        overdue || is_readable || self.reactor.has_more()
    }

    /// Removes a client whose requests have all reached the host, if there is one.
    pub(super) fn take_served_client(&mut self) -> Option<Client> {
        let served = self.clients.iter().position(|client| client.is_served(&self.delivered));
        let at = served.or_else(|| (self.is_relaxed && !self.clients.is_empty()).then_some(0));
        assert!(at.is_some() || self.clients.is_empty(), "clients that are not served");
        at.map(|at| self.clients.remove(at))
    }

    pub(super) fn check_end(&mut self) {
        assert!(self.jobs.is_empty(), "handlers that wait in vain: {:?}", self.jobs);
        assert!(self.reactor.is_empty(), "{} connections without a peer", self.reactor.len());
    }
}

const MAX_CLIENTS: usize = 6;

/// Events of one turn, and turns until nothing happens: far above what is possible.
const MAX_EVENTS: usize = 20_000;
const MAX_TURNS: usize = 20_000;

fn exchange_of(reactor: &mut Reactor, id: ConnectionId) -> Option<Exchange<'_>> {
    reactor.connection(id).and_then(Connection::current)
}
