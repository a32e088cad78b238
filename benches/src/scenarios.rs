//! The scenarios: the load, its unit, and the peers that offer it.

use tremolo_benches::TRANSFER;

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
    /// The peers of the Rust set and of the Python set that offer it, in the order of the report.
    pub(crate) rust: &'static [&'static str],
    pub(crate) python: &'static [&'static str],
}

/// The load on a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// Requests on this many connections, `depth` in each write.
    Requests { connections: usize, depth: usize, shape: Shape },
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
    /// Idle connections that have had one response.
    Idle { connections: usize },
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

/// The unit of the figures of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Request,
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
    /// The system calls of a request.
    Call,
}

impl Load {
    pub(crate) fn unit(&self) -> Unit {
        match self {
            Self::Requests { .. } => Unit::Request,
            Self::Messages(_) => Unit::Message,
            Self::Download { .. } | Self::Upload(_) => Unit::Gib,
            Self::Rate => Unit::Rate,
            Self::Beside(_) => Unit::Beside,
            Self::Stall => Unit::Stall,
            Self::Idle { .. } => Unit::Connection,
            Self::Calls { .. } => Unit::Call,
        }
    }

    /// The number of requests per write.
    pub(crate) fn depth(&self) -> usize {
        if let Self::Requests { depth, .. } = self { *depth } else { 1 }
    }

    /// Whether the server needs many routes.
    pub(crate) fn wants_routes(&self) -> bool {
        matches!(self, Self::Requests { shape: Shape::Routes | Shape::Patterns, .. })
    }
}

const fn requests(connections: usize, depth: usize, shape: Shape) -> Load {
    Load::Requests { connections, depth, shape }
}

const fn echo(bytes: usize, depth: usize, deflates: bool) -> Load {
    Load::Messages(Messages { mode: "echo", connections: 64, bytes, depth, deflates })
}

const RUST_ECHO: &[&str] = &["ours", "fastwebsockets", "axum", "yawc"];

/// The Rust peers with permessage-deflate.
const RUST_DEFLATE: &[&str] = &["ours", "yawc"];

const PYTHON_SOCKETS: &[&str] = &["tremolo-asyncio", "tremolo-uvloop", "uvicorn", "socketify"];

const PYTHON: &[&str] = &[
    "null",
    "tremolo-asyncio",
    "tremolo-uvloop",
    "granian-rsgi",
    "granian-asgi",
    "uvicorn",
    "socketify",
    "original-asyncio",
    "original-uvloop",
];

/// Without the null server, which has only one response.
const PYTHON_SERVERS: &[&str] = PYTHON.split_at(1).1;

const OUR_PYTHON: &[&str] = &["tremolo-asyncio", "tremolo-uvloop"];

const RUST_STREAMS: &[&str] = &["ours", "hyper", "axum", "actix"];

/// Every scenario, in the order of the report.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "c64",
        what: "64 connections, one request at a time on each",
        load: requests(64, 1, Shape::Plain("/hello")),
        rust: &["null", "ours", "hyper", "axum", "actix", "may"],
        python: PYTHON,
    },
    Scenario {
        name: "c1",
        what: "one connection, one request at a time",
        load: requests(1, 1, Shape::Plain("/hello")),
        rust: &["null", "ours", "hyper", "axum", "actix", "may"],
        python: PYTHON,
    },
    Scenario {
        name: "p16",
        what: "64 connections, 16 requests in each write",
        load: requests(64, 16, Shape::Plain("/hello")),
        rust: &["null", "ours", "hyper", "axum", "actix", "may"],
        python: PYTHON,
    },
    Scenario {
        name: "browser",
        what: "64 connections, requests of 15 fields with cookies, five fields of its own out",
        load: requests(64, 1, Shape::Browser),
        rust: &["ours", "hyper", "axum", "actix", "may"],
        python: PYTHON_SERVERS,
    },
    Scenario {
        name: "echo",
        what: "64 connections, 1 KiB of JSON parsed and written again",
        load: requests(64, 1, Shape::Echo),
        rust: &["ours", "hyper", "axum", "actix", "may"],
        python: PYTHON_SERVERS,
    },
    Scenario {
        name: "yield",
        what: "64 connections, a response in ten small pieces",
        load: requests(64, 1, Shape::Yield),
        rust: RUST_STREAMS,
        python: PYTHON_SERVERS,
    },
    Scenario {
        name: "sleep",
        what: "64 connections, a handler that yields once to the event loop (asyncio.sleep(0))",
        load: requests(64, 1, Shape::Plain("/sleep")),
        rust: &[],
        python: PYTHON_SERVERS,
    },
    Scenario {
        name: "stream16",
        what: "1 GiB streamed in pieces of 16 KiB",
        load: Load::Download { path: "/stream/16384", bytes: TRANSFER },
        rust: RUST_STREAMS,
        python: PYTHON_SERVERS,
    },
    Scenario {
        name: "stream64",
        what: "1 GiB streamed in pieces of 64 KiB",
        load: Load::Download { path: "/stream/65536", bytes: TRANSFER },
        rust: RUST_STREAMS,
        python: PYTHON_SERVERS,
    },
    Scenario {
        name: "upload",
        what: "1 GiB uploaded with a Content-Length",
        load: Load::Upload("length"),
        rust: RUST_STREAMS,
        python: PYTHON_SERVERS,
    },
    Scenario {
        name: "upload-chunked",
        what: "1 GiB uploaded in chunks of 16 KiB",
        load: Load::Upload("chunked"),
        rust: RUST_STREAMS,
        python: PYTHON_SERVERS,
    },
    Scenario {
        name: "multipart",
        what: "a file of 1 GiB uploaded as multipart/form-data, read part by part",
        load: Load::Upload("multipart"),
        rust: &["ours", "multer", "axum"],
        python: &[],
    },
    Scenario {
        name: "file",
        what: "a file of 100 MiB",
        load: Load::Download { path: "/file", bytes: FILE },
        rust: &["ours", "axum", "actix", "nginx"],
        python: PYTHON_SERVERS,
    },
    Scenario {
        name: "beside-stream",
        what: "one request at a time beside a fast reader of an endless stream",
        load: Load::Beside("stream"),
        rust: &["ours"],
        python: OUR_PYTHON,
    },
    Scenario {
        name: "beside-compressed",
        what: "one request at a time beside a fast reader of an endless stream in gzip",
        load: Load::Beside("compressed"),
        rust: &["ours"],
        python: &[],
    },
    Scenario {
        name: "beside-upload",
        what: "one request at a time beside an upload",
        load: Load::Beside("upload"),
        rust: &["ours"],
        python: OUR_PYTHON,
    },
    Scenario {
        name: "beside-file",
        what: "one request at a time beside a download of a file",
        load: Load::Beside("file"),
        rust: &["ours"],
        python: OUR_PYTHON,
    },
    Scenario {
        name: "beside-pipelines",
        what: "one request at a time beside 200 connections that pipeline 10,000 requests each",
        load: Load::Beside("pipelines"),
        rust: &["ours"],
        python: OUR_PYTHON,
    },
    Scenario {
        name: "slow",
        what: "a client that reads 1 MiB of 1 GiB and then nothing: memory held for it",
        load: Load::Stall,
        rust: RUST_STREAMS,
        python: PYTHON_SERVERS,
    },
    Scenario {
        name: "idle",
        what: "5,000 idle connections that had one response: memory for each",
        load: Load::Idle { connections: 5_000 },
        rust: &["ours", "hyper", "axum", "actix", "may"],
        python: PYTHON_SERVERS,
    },
    Scenario {
        name: "ws64",
        what: "64 WebSockets, one text of 64 bytes at a time on each, echoed",
        load: echo(64, 1, false),
        rust: RUST_ECHO,
        python: PYTHON_SOCKETS,
    },
    Scenario {
        name: "ws64-p16",
        what: "64 WebSockets, 16 texts of 64 bytes in each write, echoed",
        load: echo(64, 16, false),
        rust: RUST_ECHO,
        python: PYTHON_SOCKETS,
    },
    Scenario {
        name: "ws64-deflate",
        what: "64 WebSockets, one compressed text of 64 bytes at a time on each, echoed",
        load: echo(64, 1, true),
        rust: RUST_DEFLATE,
        python: PYTHON_SOCKETS,
    },
    Scenario {
        name: "ws64k",
        what: "64 WebSockets, one text of 64 KiB at a time on each, echoed",
        load: echo(64 << 10, 1, false),
        rust: RUST_ECHO,
        python: PYTHON_SOCKETS,
    },
    Scenario {
        name: "ws64k-deflate",
        what: "64 WebSockets, one compressed text of 64 KiB at a time on each, echoed",
        load: echo(64 << 10, 1, true),
        rust: RUST_DEFLATE,
        python: PYTHON_SOCKETS,
    },
    Scenario {
        name: "broadcast",
        what: "1,000 WebSockets in a room, one text of 64 bytes to all of them at a time",
        load: Load::Messages(Messages {
            mode: "broadcast",
            connections: 1_000,
            bytes: 64,
            depth: 1,
            deflates: false,
        }),
        rust: &["ours", "axum"],
        python: PYTHON_SOCKETS,
    },
    Scenario {
        name: "routes",
        what: "64 connections, requests spread over 10,000 exact routes (and as many patterns)",
        load: requests(64, 1, Shape::Routes),
        rust: &["ours", "axum", "actix"],
        python: &[],
    },
    Scenario {
        name: "patterns",
        what: "64 connections, requests spread over 10,000 patterns (and as many exact routes)",
        load: requests(64, 1, Shape::Patterns),
        rust: &["ours", "axum", "actix"],
        python: &[],
    },
    Scenario {
        name: "rate",
        what: "a response limited to 8 MiB per second, for ten seconds",
        load: Load::Rate,
        rust: &["ours"],
        python: &[],
    },
    Scenario {
        name: "syscalls",
        what: "64 connections under strace: system calls per request",
        load: Load::Calls { connections: 64 },
        rust: &["ours", "hyper"],
        python: &["tremolo-uvloop"],
    },
];

/// The scenario of that name.
pub(crate) fn scenario(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}
