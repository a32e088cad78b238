//! All scenarios.

use tremolo_benches::TRANSFER;

use super::{FILE, Load, Messages, Scenario, Soak};
use crate::requests::Shape;

const fn requests(connections: usize, depth: usize, shape: Shape) -> Load {
    Load::Requests { connections, depth, shape }
}

const fn echo(bytes: usize, depth: usize, deflates: bool) -> Load {
    Load::Messages(Messages { mode: "echo", connections: 64, bytes, depth, deflates })
}

const RUST_ECHO: &[&str] = &["ours", "fastwebsockets", "axum", "yawc"];

/// The peers with TLS.
const TLS: &[&str] = &["ours-tls", "axum-tls", "nginx-tls"];

/// The Rust peers with permessage-deflate.
const RUST_DEFLATE: &[&str] = &["ours", "yawc"];

/// The Python peers with permessage-deflate.
const PYTHON_DEFLATE: &[&str] = &["tremolo-asyncio", "tremolo-uvloop", "uvicorn", "socketify"];

const PYTHON_SOCKETS: &[&str] = &[
    "tremolo-asyncio",
    "tremolo-uvloop",
    "uvicorn",
    "socketify",
    "original-asyncio",
    "original-uvloop",
];

const PYTHON: &[&str] = &[
    "null",
    "tremolo-asyncio",
    "tremolo-uvloop",
    "granian-rsgi",
    "uvicorn",
    "socketify",
    "original-asyncio",
    "original-uvloop",
];

/// Without the null server, which has only one response.
const PYTHON_SERVERS: &[&str] = PYTHON.split_at(1).1;

/// The servers of ASGI applications.
const ASGI: &[&str] = &["tremolo-asgi", "granian-asgi", "uvicorn"];

const ASGI_FILES: &[&str] = &["tremolo-asgi", "granian-asgi", "uvicorn", "nginx"];

const ASGI_SOCKETS: &[&str] = &["tremolo-asgi", "granian-sockets", "uvicorn"];

/// Those with permessage-deflate.
const ASGI_DEFLATE: &[&str] = &["tremolo-asgi", "uvicorn"];

const OUR_PYTHON: &[&str] = &["tremolo-asyncio", "tremolo-uvloop"];

const RUST_STREAMS: &[&str] = &["ours", "hyper", "axum", "actix"];

/// Every scenario, in the order of the report.
pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "c64",
        what: "64 connections, one request at a time on each",
        load: requests(64, 1, Shape::Plain("/hello")),
        rust: &["null", "ours", "hyper", "axum", "actix", "may"],
        python: PYTHON,
        asgi: ASGI,
    },
    Scenario {
        name: "c1",
        what: "one connection, one request at a time",
        load: requests(1, 1, Shape::Plain("/hello")),
        rust: &["null", "ours", "hyper", "axum", "actix", "may"],
        python: PYTHON,
        asgi: ASGI,
    },
    Scenario {
        name: "p16",
        what: "64 connections, 16 requests in each write",
        load: requests(64, 16, Shape::Plain("/hello")),
        rust: &["null", "ours", "hyper", "axum", "actix", "may"],
        python: PYTHON,
        asgi: ASGI,
    },
    Scenario {
        name: "browser",
        what: "64 connections, requests of 15 fields with cookies, five fields of its own out",
        load: requests(64, 1, Shape::Browser),
        rust: &["ours", "hyper", "axum", "actix", "may"],
        python: PYTHON_SERVERS,
        asgi: ASGI,
    },
    Scenario {
        name: "echo",
        what: "64 connections, 1 KiB of JSON parsed and written again",
        load: requests(64, 1, Shape::Echo),
        rust: &["ours", "hyper", "axum", "actix", "may"],
        python: PYTHON_SERVERS,
        asgi: ASGI,
    },
    Scenario {
        name: "fastapi",
        what: "64 connections, the first application of FastAPI's tutorial",
        load: requests(64, 1, Shape::FastApi),
        rust: &[],
        python: &[],
        asgi: ASGI,
    },
    Scenario {
        name: "tls-c64",
        what: "64 connections with TLS 1.3, one request at a time on each",
        load: Load::Encrypted { connections: 64 },
        rust: TLS,
        python: &[],
        asgi: &[],
    },
    Scenario {
        name: "tls-handshakes",
        what: "full TLS 1.3 handshakes (ECDSA with P-256), one request on each connection",
        load: Load::Handshakes,
        rust: TLS,
        python: &[],
        asgi: &[],
    },
    Scenario {
        name: "yield",
        what: "64 connections, a response in ten small pieces",
        load: requests(64, 1, Shape::Yield),
        rust: RUST_STREAMS,
        python: PYTHON_SERVERS,
        asgi: ASGI,
    },
    Scenario {
        name: "sleep",
        what: "64 connections, a handler that yields once to the event loop (asyncio.sleep(0))",
        load: requests(64, 1, Shape::Plain("/sleep")),
        rust: &[],
        python: PYTHON_SERVERS,
        asgi: ASGI,
    },
    Scenario {
        name: "stream16",
        what: "1 GiB streamed in pieces of 16 KiB",
        load: Load::Download { path: "/stream/16384", bytes: TRANSFER },
        rust: RUST_STREAMS,
        python: PYTHON_SERVERS,
        asgi: ASGI,
    },
    Scenario {
        name: "stream64",
        what: "1 GiB streamed in pieces of 64 KiB",
        load: Load::Download { path: "/stream/65536", bytes: TRANSFER },
        rust: RUST_STREAMS,
        python: PYTHON_SERVERS,
        asgi: ASGI,
    },
    Scenario {
        name: "upload",
        what: "1 GiB uploaded with a Content-Length",
        load: Load::Upload("length"),
        rust: RUST_STREAMS,
        python: PYTHON_SERVERS,
        asgi: ASGI,
    },
    Scenario {
        name: "upload-chunked",
        what: "1 GiB uploaded in chunks of 16 KiB",
        load: Load::Upload("chunked"),
        rust: RUST_STREAMS,
        python: PYTHON_SERVERS,
        asgi: ASGI,
    },
    Scenario {
        name: "multipart",
        what: "a file of 1 GiB uploaded as multipart/form-data, read part by part",
        load: Load::Upload("multipart"),
        rust: &["ours", "multer", "axum"],
        python: &[],
        asgi: &[],
    },
    Scenario {
        name: "file",
        what: "a file of 100 MiB",
        load: Load::Download { path: "/file", bytes: FILE },
        rust: &["ours", "axum", "actix", "nginx"],
        python: PYTHON_SERVERS,
        asgi: ASGI_FILES,
    },
    Scenario {
        name: "beside-stream",
        what: "one request at a time beside a fast reader of an endless stream",
        load: Load::Beside("stream"),
        rust: &["ours"],
        python: OUR_PYTHON,
        asgi: &[],
    },
    Scenario {
        name: "beside-compressed",
        what: "one request at a time beside a fast reader of an endless stream in gzip",
        load: Load::Beside("compressed"),
        rust: &["ours"],
        python: &[],
        asgi: &[],
    },
    Scenario {
        name: "beside-upload",
        what: "one request at a time beside an upload",
        load: Load::Beside("upload"),
        rust: &["ours"],
        python: OUR_PYTHON,
        asgi: &[],
    },
    Scenario {
        name: "beside-file",
        what: "one request at a time beside a download of a file",
        load: Load::Beside("file"),
        rust: &["ours"],
        python: OUR_PYTHON,
        asgi: &[],
    },
    Scenario {
        name: "beside-pipelines",
        what: "one request at a time beside 200 connections that pipeline 10,000 requests each",
        load: Load::Beside("pipelines"),
        rust: &["ours"],
        python: OUR_PYTHON,
        asgi: &[],
    },
    Scenario {
        name: "beside-messages",
        what: "one request at a time beside 50 WebSockets that send 10,000 tiny texts in each write",
        load: Load::Beside("messages"),
        rust: &["ours"],
        python: OUR_PYTHON,
        asgi: &[],
    },
    Scenario {
        name: "slow",
        what: "a client that reads 1 MiB of 1 GiB and then nothing: memory held for it",
        load: Load::Stall,
        rust: RUST_STREAMS,
        python: PYTHON_SERVERS,
        asgi: ASGI,
    },
    Scenario {
        name: "idle",
        what: "10,000 idle connections that had one response: memory for each",
        load: Load::Idle { connections: 10_000 },
        rust: &["ours", "nginx", "hyper", "axum", "actix", "may"],
        python: PYTHON_SERVERS,
        asgi: ASGI,
    },
    Scenario {
        name: "ws64",
        what: "64 WebSockets, one text of 64 bytes at a time on each, echoed",
        load: echo(64, 1, false),
        rust: RUST_ECHO,
        python: PYTHON_SOCKETS,
        asgi: ASGI_SOCKETS,
    },
    Scenario {
        name: "ws64-p16",
        what: "64 WebSockets, 16 texts of 64 bytes in each write, echoed",
        load: echo(64, 16, false),
        rust: RUST_ECHO,
        python: PYTHON_SOCKETS,
        asgi: ASGI_SOCKETS,
    },
    Scenario {
        name: "ws64-deflate",
        what: "64 WebSockets, one compressed text of 64 bytes at a time on each, echoed",
        load: echo(64, 1, true),
        rust: RUST_DEFLATE,
        python: PYTHON_DEFLATE,
        asgi: ASGI_DEFLATE,
    },
    Scenario {
        name: "ws64k",
        what: "64 WebSockets, one text of 64 KiB at a time on each, echoed",
        load: echo(64 << 10, 1, false),
        rust: RUST_ECHO,
        python: PYTHON_SOCKETS,
        asgi: ASGI_SOCKETS,
    },
    Scenario {
        name: "ws64k-deflate",
        what: "64 WebSockets, one compressed text of 64 KiB at a time on each, echoed",
        load: echo(64 << 10, 1, true),
        rust: RUST_DEFLATE,
        python: PYTHON_DEFLATE,
        asgi: ASGI_DEFLATE,
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
        asgi: ASGI_SOCKETS,
    },
    Scenario {
        name: "soak",
        what: "10,000 WebSockets and 10,000 event streams, 100 of each do not read; 4 KiB a second to all",
        load: Load::Soak(Soak { each: 10_000, slow: 100, bytes: 4 << 10, seconds: 20 }),
        rust: &["ours", "axum"],
        python: &["tremolo-asyncio", "tremolo-uvloop"],
        asgi: &[],
    },
    Scenario {
        name: "routes",
        what: "64 connections, requests spread over 10,000 exact routes (and as many patterns)",
        load: requests(64, 1, Shape::Routes),
        rust: &["ours", "axum", "actix"],
        python: &[],
        asgi: &[],
    },
    Scenario {
        name: "patterns",
        what: "64 connections, requests spread over 10,000 patterns (and as many exact routes)",
        load: requests(64, 1, Shape::Patterns),
        rust: &["ours", "axum", "actix"],
        python: &[],
        asgi: &[],
    },
    Scenario {
        name: "rate",
        what: "a response limited to 8 MiB per second, for ten seconds",
        load: Load::Rate,
        rust: &["ours"],
        python: &[],
        asgi: &[],
    },
    Scenario {
        name: "syscalls",
        what: "64 connections under strace: system calls per request",
        load: Load::Calls { connections: 64 },
        rust: &["ours", "hyper"],
        python: &["tremolo-uvloop"],
        asgi: &[],
    },
];
