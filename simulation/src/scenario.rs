//! A scenario: limits of a server, and the scripts of its peers. It has no random part: what happens
//! follows from it alone, so that it can be reduced.

use std::time::Duration;

use tremolo_core::{AccessLog, Config, HalfClose};

use crate::frame::Frame;
use crate::message::{Body, Kind, Message, Request};

/// A server and all of its peers.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The limits of the server.
    pub limits: Limits,
    /// The scripts of the peers; each has one connection.
    pub peers: Vec<Script>,
    /// The process of the server stands still, from this millisecond on, for so many.
    pub pause: Option<(u64, u64)>,
    /// The monotonic clock of the server stands still, from this millisecond on, for so many, and
    /// then jumps ahead: the machine was suspended.
    pub freeze: Option<(u64, u64)>,
    /// The wall clock is set: from this millisecond on it is so many seconds ahead.
    pub walls: Vec<(u64, i64)>,
    /// The millisecond at which the server begins to shut down.
    pub drain_at: Option<u64>,
}

/// The limits of the server.
#[derive(Clone, Debug)]
pub struct Limits {
    /// `buffer_size`.
    pub buffer: usize,
    /// `client_max_body_size`.
    pub body: u64,
    /// `ws_context_takeover`.
    pub takeover: bool,
    /// `discard_limit`.
    pub discard: u64,
    /// `max_connections`.
    pub connections: usize,
    /// `limit_concurrency`; 0: none.
    pub concurrency: usize,
    /// `keepalive_connections`.
    pub idle: usize,
    /// `app_request_timeout` in milliseconds; 0: none.
    pub request: u64,
    /// `upload_rate`; 0: none.
    pub upload: u64,
    /// `download_rate`; 0: none.
    pub download: u64,
    /// `half_close`.
    pub half_close: HalfClose,
}

/// What one peer does.
#[derive(Clone, Debug)]
pub struct Script {
    /// The millisecond at which it connects.
    pub begins: u64,
    /// Its connection.
    pub link: Link,
    /// Whether its connection is encrypted.
    pub tls: Encryption,
    /// Its steps, one after the other.
    pub steps: Vec<Step>,
}

/// Whether a connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// It is not.
    #[default]
    None,
    /// By TLS 1.2.
    Old,
    /// By TLS 1.3.
    New,
}

/// The properties of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Milliseconds until one end learns what the other has done.
    pub latency: u64,
    /// Bytes that are on their way, in each direction.
    pub room: usize,
    /// The most that one call of the server reads or writes.
    pub most: usize,
    /// Of so many calls of the server about one is interrupted; 0: none.
    pub interrupts: u32,
}

/// A step of a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Sends a message.
    Send(Message, Pace),
    /// Sends the first bytes of a message, and never the rest, nor another message.
    SendPart(Message, usize),
    /// Sends a frame behind the handshake of a WebSocket, whether its response has come or not.
    SendAhead(Frame, Pace),
    /// Waits until all complete messages have their responses, or the connection is over.
    Await,
    /// Waits for so many milliseconds.
    Pause(u64),
    /// Reads so many bytes at a time, from now on.
    Read(Pace),
    /// Reads nothing more.
    StopReading,
    /// Closes its sending half, after the end of its TLS session.
    HalfClose,
    /// Sends `close_notify`, and leaves the sending half open.
    Notify,
    /// Closes its sending half without `close_notify`.
    Truncate,
    /// Sends bytes that are no valid records of TLS, of a list of them, by their index.
    Junk(usize),
    /// Resets the connection.
    Reset,
    /// Closes the connection, whatever the server still sends.
    Close,
}

/// How fast bytes are sent or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Bytes at a time; 0: all.
    pub piece: usize,
    /// Milliseconds between two pieces.
    pub every: u64,
}

impl Pace {
    /// Everything at once.
    pub const AT_ONCE: Self = Self { piece: 0, every: 0 };
}

/// The time for running exchanges after the shutdown has begun, in milliseconds.
pub(crate) const SHUTDOWN: u64 = 6_000;
/// The time in which connections are still accepted, in milliseconds.
pub(crate) const DRAIN_GRACE: u64 = 500;

impl Limits {
    /// The configuration of the server.
    #[must_use]
    pub fn config(&self) -> Config {
        let seconds = Duration::from_secs;
        Config {
            buffer_size: self.buffer,
            client_max_header_size: 512,
            client_max_body_size: self.body,
            discard_limit: self.discard,
            max_connections: Some(self.connections),
            limit_concurrency: self.concurrency,
            keepalive_connections: self.idle,
            upload_rate: self.upload,
            download_rate: self.download,
            app_request_timeout: Duration::from_millis(self.request),
            half_close: self.half_close,
            ws_max_payload_size: 100_000,
            ws_max_fragments: 100,
            ws_context_takeover: self.takeover,
            ws_compression_min_size: 64,
            ws_ping_interval: Some(Duration::from_millis(PING_INTERVAL)),
            ws_ping_timeout: Some(seconds(3)),
            ws_close_timeout: seconds(2),
            sse_heartbeat: Duration::from_millis(HEARTBEAT_INTERVAL),
            access_log: AccessLog::Text,
            request_timeout: seconds(3),
            tls_handshake_timeout: seconds(3),
            keepalive_timeout: seconds(5),
            write_timeout: seconds(3),
            app_handler_timeout: seconds(8),
            app_close_timeout: seconds(2),
            half_close_grace: seconds(1),
            lingering_time: seconds(4),
            lingering_timeout: seconds(1),
            drain_grace: Duration::from_millis(DRAIN_GRACE),
            shutdown_timeout: Duration::from_millis(SHUTDOWN),
            ..Config::default()
        }
    }
}

/// The silence after which the server sends a comment in a stream of events, in milliseconds.
pub(crate) const HEARTBEAT_INTERVAL: u64 = 2_000;
/// The silence after which the server sends a ping in a WebSocket, in milliseconds.
pub(crate) const PING_INTERVAL: u64 = 2_000;

/// The longest time in milliseconds that a connection may live after the last progress on it: the sum of all
/// its timeouts.
pub(crate) const LONGEST_WAIT: u64 = 30_000;

impl Scenario {
    /// Whether a peer fails only because of its own script: a peer that behaves gets all of its
    /// responses, whatever the others do.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.drain_at.is_none()
            // Longer than that, the head that arrives at its end may be late.
            && self.pause.is_none_or(|(_, lasts)| lasts <= 1_500)
            && self.freeze.is_none_or(|(_, lasts)| lasts <= 1_500)
            && !(self.pause.is_some() && self.freeze.is_some())
            && self.limits.concurrency == 0
            && self.limits.request == 0
            && self.limits.upload == 0
            && self.limits.download == 0
            && self.limits.idle >= self.peers.len()
    }
}

impl Step {
    pub(crate) fn request(&self) -> Option<&Request> {
        match self {
            Self::Send(Message::Request(request), _) => Some(request),
            _ => None,
        }
    }
}

impl Script {
    /// Whether the peer behaves: it is quick, reads its responses, and its requests can be served.
    #[must_use]
    pub fn behaves(&self, limits: &Limits) -> bool {
        let sent = self.steps.iter().filter_map(Step::request);
        // After the request for a close it sends nothing (RFC 9112 section 9.6).
        let closes_last = sent.rev().skip(1).all(|request| !request.closes && !request.is_old);
        closes_last
            && self.link.latency <= 50
            && self.steps.iter().enumerate().all(|(index, step)| match step {
                Step::Send(Message::Request(request), pace) => {
                    pace.is_quick() && request.is_served(limits)
                }
                Step::Send(Message::Frame(frame), pace) | Step::SendAhead(frame, pace) => {
                    pace.is_quick() && !matches!(frame, Frame::Malformed(_))
                }
                Step::Await => true,
                Step::Pause(time) => *time <= 1_000,
                // The responses are there; but a WebSocket ends with a close frame.
                Step::HalfClose => {
                    index > 0 && self.steps[index - 1] == Step::Await && !self.opens_socket()
                }
                _ => false,
            })
    }

    fn opens_socket(&self) -> bool {
        let mut sent = self.steps.iter().filter_map(Step::request);
        sent.any(|request| request.work.kind.is_socket())
    }

    /// Whether a timeout of the server may expire because of the peer.
    pub(crate) fn is_slow(&self) -> bool {
        self.steps.iter().any(|step| match step {
            Step::Send(_, pace) | Step::SendAhead(_, pace) => !pace.is_quick(),
            Step::Await
            | Step::HalfClose
            | Step::Notify
            | Step::Truncate
            | Step::Junk(_)
            | Step::Reset
            | Step::Close => false,
            Step::SendPart(..) | Step::Read(_) | Step::StopReading => true,
            Step::Pause(time) => *time > 1_000,
        })
    }

    /// Whether the peer closes its sending half, or all.
    pub(crate) fn closes(&self) -> bool {
        self.steps.iter().any(|step| {
            matches!(step, Step::HalfClose | Step::Notify | Step::Truncate | Step::Close)
        })
    }
}

impl Pace {
    /// Whether a head is complete long before `request_timeout`.
    fn is_quick(self) -> bool {
        self.every == 0 || (self.piece >= 16 && self.every <= 50)
    }
}

impl Request {
    fn is_served(&self, limits: &Limits) -> bool {
        !matches!(self.work.kind, Kind::Never | Kind::Fail | Kind::Quiet)
            && self.body.length() <= limits.body
            && self.work.wait <= 1_000
    }

    /// Whether the connection may close after its response.
    pub(crate) fn may_close(&self, limits: &Limits) -> bool {
        let is_unread = self.work.kind != Kind::Echo && self.body != Body::None;
        self.closes
            || self.is_old
            || self.work.kind.is_socket()
            || (is_unread && (self.expects || self.body.length() >= limits.discard / 2))
    }
}
