//! The scenarios: the load, its unit, and the peers that offer it; `table.rs` has all of them.

mod peer_lists;
mod table;

use crate::requests::Shape;

/// The size of the file for `/file`, in bytes.
pub(crate) const FILE: u64 = 100 << 20;

/// The rate limit of `/rate`, in bytes per second, and the duration of its response in seconds.
pub(crate) const RATE: u64 = 8 << 20;
pub(crate) const RATE_SECONDS: u64 = 10;

/// One scenario.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) load: Load,
    /// The peers of each set that offer it, in the order of the report.
    pub(crate) rust: &'static [&'static str],
    pub(crate) python: &'static [&'static str],
    pub(crate) asgi: &'static [&'static str],
}

impl Scenario {
    /// The peers of all sets.
    pub(crate) fn peers(&self) -> impl Iterator<Item = &'static str> {
        [self.rust, self.python, self.asgi].into_iter().flatten().copied()
    }
}

/// The load on a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// Requests on this many connections, `depth` in each write.
    Requests { connections: usize, depth: usize, shape: Shape },
    /// Requests over TLS on this many connections.
    Encrypted { connections: usize },
    /// Full TLS handshakes, each with one request.
    Handshakes,
    /// 64 connections at a time, each closed after ten requests: by the `client`, or by the
    /// `server` after `Connection: close`.
    Short(&'static str),
    /// Requests on 64 connections, and then on this many.
    Busy { connections: usize },
    /// Requests on this many connections, with server and load on the same two processors.
    Shared { connections: usize },
    /// Messages on WebSockets.
    Messages(Messages),
    /// Downloads of bodies of this size, one after the other.
    Download { path: &'static str, bytes: u64 },
    /// Uploads of bodies of 1 GiB, with this framing.
    Upload(&'static str),
    /// One body, limited to `RATE`.
    Rate,
    /// One request at a time, each on a new connection, beside this other load.
    Beside(&'static str),
    /// A client that reads the beginning of a large body and then nothing.
    Stall,
    /// A message a second to many sockets and event streams.
    Soak(Soak),
    /// Idle connections that have had one response.
    Idle { connections: usize },
    /// `/hello` on a new connection each time, before and beside so many idle connections.
    Crowd { connections: usize },
    /// Requests on this many connections, while the system calls are counted.
    Calls { connections: usize },
}

/// A load of messages on WebSockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Messages {
    /// The word of `loader`: `echo` or `broadcast`.
    pub(crate) mode: &'static str,
    pub(crate) connections: usize,
    /// The length of a text before compression.
    pub(crate) bytes: usize,
    /// The number of messages in each write.
    pub(crate) depth: usize,
    pub(crate) deflates: bool,
}

/// A room of sockets and event streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Soak {
    /// The number of sockets, and that of event streams.
    pub(crate) each: usize,
    /// How many of each do not read.
    pub(crate) slow: usize,
    /// The length of a message.
    pub(crate) bytes: usize,
    /// The number of messages, one a second.
    pub(crate) seconds: u64,
}

/// The unit of the figures of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Request,
    /// A request on one of many busy connections.
    Busy,
    /// A message from the server.
    Message,
    Gib,
    /// The one body of `Load::Rate`.
    Rate,
    /// A request beside other load.
    Beside,
    /// The memory that a client costs which does not read.
    Stall,
    /// The memory that a connection costs.
    Connection,
    /// One of many idle connections, and a request beside them.
    Crowd,
    /// A client in a room.
    Client,
    /// The system calls of a request.
    Call,
}

impl Load {
    pub(crate) fn unit(&self) -> Unit {
        match self {
            Self::Requests { .. } | Self::Encrypted { .. } | Self::Handshakes => Unit::Request,
            Self::Short(_) | Self::Shared { .. } => Unit::Request,
            Self::Messages(_) => Unit::Message,
            Self::Download { .. } | Self::Upload(_) => Unit::Gib,
            Self::Rate => Unit::Rate,
            Self::Beside(_) => Unit::Beside,
            Self::Stall => Unit::Stall,
            Self::Soak(_) => Unit::Client,
            Self::Idle { .. } => Unit::Connection,
            Self::Busy { .. } => Unit::Busy,
            Self::Crowd { .. } => Unit::Crowd,
            Self::Calls { .. } => Unit::Call,
        }
    }

    /// The number of requests per write.
    pub(crate) fn depth(&self) -> usize {
        if let Self::Requests { depth, .. } = self { *depth } else { 1 }
    }

    /// The number of connections that the server holds at once, if it is large.
    pub(crate) fn crowd(&self) -> usize {
        if let Self::Crowd { connections } = self { *connections } else { 0 }
    }

    /// Whether the server needs many routes.
    pub(crate) fn wants_routes(&self) -> bool {
        matches!(self, Self::Requests { shape: Shape::Routes | Shape::Patterns, .. })
    }
}

/// Every scenario, in the order of the report.
pub(crate) const SCENARIOS: &[Scenario] = table::SCENARIOS;

/// The scenario of that name.
pub(crate) fn scenario(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}
