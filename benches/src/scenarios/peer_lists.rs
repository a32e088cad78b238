//! The peers of several scenarios.

pub(super) const RUST_ECHO: &[&str] = &["ours", "fastwebsockets", "axum", "yawc"];

/// The peers with TLS.
pub(super) const TLS: &[&str] = &["ours-tls", "axum-tls", "nginx-tls"];

/// The Rust peers with permessage-deflate.
pub(super) const RUST_DEFLATE: &[&str] = &["ours", "yawc"];

/// The Python peers with permessage-deflate.
pub(super) const PYTHON_DEFLATE: &[&str] =
    &["tremolo-asyncio", "tremolo-uvloop", "uvicorn", "socketify"];

pub(super) const PYTHON_SOCKETS: &[&str] = &[
    "tremolo-asyncio",
    "tremolo-uvloop",
    "uvicorn",
    "socketify",
    "original-asyncio",
    "original-uvloop",
];

pub(super) const PYTHON: &[&str] = &[
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
pub(super) const PYTHON_SERVERS: &[&str] = PYTHON.split_at(1).1;

/// The servers of ASGI applications.
pub(super) const ASGI: &[&str] = ASGI_SMALL.split_at(4).0;

/// Those with small bodies of one piece: fastpysgi sends only the first of several pieces, and
/// limits and keeps the bodies of requests.
pub(super) const ASGI_SMALL: &[&str] =
    &["tremolo-asgi", "granian-asgi", "uvicorn", "gunicorn", "fastpysgi"];

/// Those with small bodies, two of them on both event loops.
pub(super) const ASGI_LOOPS: &[&str] = &[
    "tremolo-asgi",
    "tremolo-asgi-asyncio",
    "granian-asgi",
    "uvicorn",
    "uvicorn-asyncio",
    "gunicorn",
    "fastpysgi",
];

pub(super) const ASGI_FILES: &[&str] =
    &["tremolo-asgi", "granian-asgi", "uvicorn", "gunicorn", "nginx"];

pub(super) const ASGI_SOCKETS: &[&str] = &["tremolo-asgi", "granian-sockets", "uvicorn"];

/// Those with permessage-deflate.
pub(super) const ASGI_DEFLATE: &[&str] = &["tremolo-asgi", "uvicorn"];

pub(super) const OUR_PYTHON: &[&str] = &["tremolo-asyncio", "tremolo-uvloop"];

pub(super) const RUST_STREAMS: &[&str] = &["ours", "hyper", "axum", "actix"];

/// The peers under one request at a time on each connection.
pub(super) const RUST: &[&str] = &["null", "ours", "hyper", "axum", "actix", "may"];
