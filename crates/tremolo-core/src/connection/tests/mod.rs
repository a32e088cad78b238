//! The engine under test: a wire without sockets and a clock without time.

mod bodies;
mod coalesce;
mod coding;
mod concurrency;
mod deadlines;
mod encryption;
mod ends;
mod events;
mod fuzzed;
mod handler_time;
mod https;
mod methods;
mod peer_gone;
mod pool;
mod proxy;
mod queries;
mod rates;
mod records;
mod regions;
mod replies;
mod requests;
mod splits;
mod tallies;
mod trailers;
mod turns;
mod websocket;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::BufMut;

use super::pool::ExchangeBuffers;
use super::{BufferPool, Connection, Event, Piece, Settings, Transmit};
use crate::clock::Now;
use crate::error::{CloseReason, Error, PeerError};
use crate::exchange::{Exchange, ExchangeRef};
use crate::http1::body::Decoded;
use crate::http1::request::RequestHead;
use crate::testing;
use crate::websocket::Session;
use tremolo_config::Config;

/// The current exchange: tests have no handles that keep its name.
pub(super) trait Ongoing {
    fn ongoing(&mut self) -> Exchange<'_>;
    fn peek_ongoing(&self) -> ExchangeRef<'_>;
}

impl Ongoing for Connection {
    fn ongoing(&mut self) -> Exchange<'_> {
        let id = self.peek().current_id().expect("a request has begun");
        self.exchange(id).unwrap()
    }

    fn peek_ongoing(&self) -> ExchangeRef<'_> {
        self.peek().current().expect("a request has begun")
    }
}

/// A connection with both ends in hand.
pub(super) struct Wire {
    pub(super) connection: Connection,
    start: Instant,
    elapsed: Duration,
    /// What was written since it was last looked at.
    out: Vec<u8>,
    /// Whether our half was closed.
    pub(super) shut: bool,
    /// Bytes that the socket takes before it blocks.
    pub(super) room: usize,
    pub(super) faults: Vec<PeerError>,
    pub(super) cancelled: Vec<CloseReason>,
    pub(super) urls: Vec<String>,
}

/// What a handler does, for tables.
#[derive(Clone, Copy, Debug)]
pub(super) enum Say {
    Yield(&'static str),
    Write(&'static str),
    WriteNone,
    End(&'static str),
    Send(&'static str),
    Close,
    CloseKeepAlive,
    Status(u16),
    Set(&'static str, &'static str),
    Trailer(&'static str, &'static str),
    Chunked(bool),
    /// Pieces wait for half of so many bytes; 0: they do not.
    Gather(usize),
    Read,
}

impl Say {
    pub(super) fn to(self, connection: &mut Connection, now: &Now) -> Result<(), Error> {
        match self {
            Self::Yield(text) => connection.ongoing().yield_piece(now, text.into()),
            Self::Write(text) => connection.ongoing().write(now, text.into()),
            Self::WriteNone => connection.ongoing().write_none(now),
            Self::End(text) => connection.ongoing().end(now, text.into()),
            Self::Send(text) => connection.ongoing().send(now, text.into()),
            Self::Close => connection.ongoing().close(now, false),
            Self::CloseKeepAlive => connection.ongoing().close(now, true),
            Self::Status(status) => Ok(connection.ongoing().response_mut()?.set_status(status)?),
            Self::Set(name, value) => {
                Ok(connection.ongoing().response_mut()?.set(name.as_bytes(), value.as_bytes())?)
            }
            Self::Trailer(name, value) => {
                connection.ongoing().append_trailer(name.as_bytes(), value.as_bytes())
            }
            Self::Chunked(chunked) => {
                connection.ongoing().response_mut()?.set_chunked(chunked);
                Ok(())
            }
            Self::Gather(size) => {
                connection.ongoing().options().set_buffer_size(size)?;
                connection.ongoing().options().set_streaming(size == 0)
            }
            Self::Read => loop {
                match connection.ongoing().body().poll(now, usize::MAX)? {
                    Decoded::Data(_) => {}
                    Decoded::End | Decoded::NeedInput => return Ok(()),
                }
            },
        }
    }
}

impl Wire {
    pub(super) fn new() -> Self {
        Self::with(Config::default())
    }

    pub(super) fn with(config: Config) -> Self {
        Self::of(Settings::new(config).unwrap())
    }

    pub(super) fn of(settings: Settings) -> Self {
        Self::from_peer(settings, None)
    }

    pub(super) fn from_peer(settings: Settings, peer: Option<IpAddr>) -> Self {
        let (start, elapsed) = (testing::start(), Duration::ZERO);
        let connection = Connection::new(Arc::new(settings), peer, &testing::at(start, elapsed));
        Self {
            connection,
            start,
            elapsed,
            out: Vec::new(),
            shut: false,
            room: usize::MAX,
            faults: Vec::new(),
            cancelled: Vec::new(),
            urls: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Now {
        testing::at(self.start, self.elapsed)
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, time: Duration) {
        self.elapsed += time;
        let now = self.now();
        self.connection.handle_timeout(&now);
    }

    /// The peer sends bytes; only as many are taken at a time as the engine has room for.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let (mut rest, now) = (bytes, self.now());
        while !rest.is_empty() {
            let mut room = self.connection.input_buffer();
            let taken = rest.len().min(room.remaining_mut());
            room.put_slice(&rest[..taken]);
            rest = &rest[taken..];
            self.connection.handle_input(&now);
        }
    }

    /// The peer closes its half.
    pub(super) fn end_input(&mut self) {
        let now = self.now();
        self.connection.handle_eof(&now);
    }

    /// Serves what has arrived with `handler`, and writes what it sends.
    pub(super) fn serve(&mut self, mut handler: impl FnMut(&mut Connection, &Now, &RequestHead)) {
        let now = self.now();
        while let Some(event) = self.connection.poll_event(&now) {
            match event {
                Event::Request(head) => {
                    self.urls.push(String::from_utf8_lossy(head.url()).into_owned());
                    handler(&mut self.connection, &now, &head);
                }
                Event::Fault(fault) => {
                    self.faults.push(fault);
                    let mut exchange = self.connection.ongoing();
                    let response = exchange.response_mut().unwrap();
                    response.set_status(fault.status().as_u16()).unwrap();
                    exchange.end(&now, "fault".into()).unwrap();
                    exchange.handler_done(&now);
                }
                Event::Cancel(reason) => {
                    self.cancelled.push(reason);
                    self.connection.ongoing().handler_done(&now);
                }
            }
            self.transmit();
        }
        self.transmit();
    }

    /// Serves with a handler that makes these calls and returns; returns its errors.
    pub(super) fn say(&mut self, script: &[Say]) -> Vec<Error> {
        let mut errors = Vec::new();
        self.serve(|connection, now, _| {
            for said in script {
                errors.extend(said.to(connection, now).err());
            }
            connection.ongoing().handler_done(now);
        });
        errors
    }

    /// Writes what the socket has room for.
    pub(super) fn transmit(&mut self) {
        let now = self.now();
        loop {
            let bytes = match self.connection.poll_transmit(&now) {
                None => return,
                Some(Transmit::Shutdown) => {
                    self.shut = true;
                    self.connection.shutdown_done(&now);
                    continue;
                }
                Some(transmit) => transmit.bytes(),
            };
            let written = bytes.len().min(self.room);
            self.room -= written;
            self.out.extend_from_slice(&bytes[..written]);
            self.connection.transmitted(&now, written);
            if written == 0 {
                return;
            }
        }
    }

    /// What was written since the last look.
    pub(super) fn written_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// The same as text.
    pub(super) fn written(&mut self) -> String {
        String::from_utf8(self.written_bytes()).unwrap()
    }

    /// The same without the lines that are always there.
    pub(super) fn brief(&mut self) -> String {
        let always = |line: &&str| {
            *line != "Content-Type: text/html; charset=utf-8"
                && *line != "Server: Tremolo"
                && !line.starts_with("Date: Sun, 06 Nov 1994 ")
        };
        let text = self.written();
        text.split("\r\n").filter(always).collect::<Vec<_>>().join("|")
    }

    /// What the connection looks like from outside: `keep`, `close`, or `flush`.
    pub(super) fn fate(&self) -> &'static str {
        match (self.connection.peek().is_closed(), self.shut) {
            (true, _) => "closed",
            (false, true) => "lingering",
            (false, false) => "kept",
        }
    }
}

pub(super) const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn the_parts_of_a_connection_stay_small() {
    // An idle connection costs what it is made of: the budget of 2 KB holds task and socket too.
    // Each cause of a deadline has a slot of 16 bytes.
    assert!(size_of::<Connection>() <= 888, "{}", size_of::<Connection>());
    assert!(size_of::<Session>() <= 400, "{}", size_of::<Session>());
    assert!(size_of::<Piece<'_>>() <= 40);
}
