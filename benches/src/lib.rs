//! Shared by the peers: their arguments, the line that reports that they listen, and the contents
//! of their responses, which are the same for all.
//!
//! A peer is any command that takes `ADDRESS` as its first argument, prints one line when it
//! listens, and serves the paths in README.md. It need not use this library.

pub mod beside;
pub mod client;
pub mod crowd;
pub mod exchanges;
pub mod tls;
pub mod usage;
pub mod websocket;

use std::env;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The body of `/hello`.
pub const BODY: &str = "Hello World!";

/// A complete response with the fields that hyper sends by default.
pub const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 12\r\n\
    date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nHello World!";

/// The fields that `/fields` sends in addition to those of `/hello`.
pub const FIELDS: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("x-request-id", "0123456789abcdef"),
    ("vary", "accept-encoding"),
    ("x-frame-options", "DENY"),
    ("set-cookie", "session=0123456789abcdef; Path=/; HttpOnly"),
];

/// The bytes of a stream or an upload.
pub const TRANSFER: u64 = 1 << 30;

/// The environment variable with the path of the file for `/file`.
pub const FILE_VARIABLE: &str = "BENCH_FILE";

/// The environment variable with the number of routes `/routes/N` and `/items/N/…`, each.
pub const ROUTES_VARIABLE: &str = "BENCH_ROUTES";

/// The environment variable with the number of requests per write.
pub const DEPTH_VARIABLE: &str = "BENCH_DEPTH";

/// The environment variable with the number of connections that the server holds at once, if it is
/// large.
pub const CONNECTIONS_VARIABLE: &str = "BENCH_CONNECTIONS";

/// The word for two workers, one thread or process each.
pub const TWO_WORKERS: &str = "two-workers";

/// The command line of a peer: the address to listen on, then words that select a variant.
#[derive(Debug)]
pub struct Arguments {
    /// The address to listen on.
    pub address: SocketAddr,
    words: Vec<String>,
}

impl Arguments {
    /// Parses the command line; fails if the first argument is not an address.
    pub fn read() -> io::Result<Self> {
        let mut words = env::args().skip(1);
        let address = words.next().and_then(|word| word.parse().ok()).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "the first argument is the address")
        })?;
        Ok(Self { address, words: words.collect() })
    }

    /// Whether `word` follows the address.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|given| given == word)
    }
}

/// Prints the line that the runner waits for.
pub fn ready() -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(b"ready\n")?;
    out.flush()
}

/// The file for `/file`; an empty path if the runner gave none.
#[must_use]
pub fn file() -> PathBuf {
    env::var_os(FILE_VARIABLE).unwrap_or_default().into()
}

/// The number of routes to add to the standard ones.
#[must_use]
pub fn routes() -> usize {
    number(ROUTES_VARIABLE).unwrap_or(0)
}

/// The number of requests per write, for peers whose configuration depends on it.
#[must_use]
pub fn depth() -> usize {
    number(DEPTH_VARIABLE).unwrap_or(1)
}

/// The number of connections that the server holds at once, for peers whose configuration depends
/// on it; 0: no large number.
#[must_use]
pub fn connections() -> usize {
    number(CONNECTIONS_VARIABLE).unwrap_or(0)
}

/// A request for `/hello`, with these lines of fields.
pub(crate) fn get_hello(host: SocketAddr, fields: &str) -> String {
    format!("GET /hello HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n")
}

fn number(variable: &str) -> Option<usize> {
    env::var(variable).ok()?.parse().ok()
}

/// The pieces of a body: the same bytes repeated, by reference.
#[derive(Clone, Debug)]
pub struct Pieces {
    piece: Bytes,
    left: usize,
}

impl Pieces {
    /// The body of `/yield`: ten times the body of `/hello`.
    #[must_use]
    pub fn small() -> Self {
        Self { piece: Bytes::from_static(BODY.as_bytes()), left: 10 }
    }

    /// The body of `/endless`: an endless sequence of compressible pieces of 1 KiB.
    #[must_use]
    pub fn endless() -> Self {
        Self { piece: "0123456789abcdef".repeat(64).into(), left: usize::MAX }
    }

    /// The body of `/stream/SIZE`: 1 GiB in pieces of this size, which must divide it.
    #[must_use]
    pub fn large(size: usize) -> Self {
        Self { piece: vec![b'x'; size].into(), left: (TRANSFER / size as u64) as usize }
    }
}

impl Iterator for Pieces {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        self.left = self.left.checked_sub(1)?;
        Some(self.piece.clone())
    }
}

/// The JSON of `/echo`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Order {
    id: u64,
    customer: Customer,
    items: Vec<Item>,
    paid: bool,
    total: f64,
    note: Option<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Customer {
    name: String,
    email: String,
    address: Vec<String>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Item {
    sku: String,
    title: String,
    price: f64,
    count: u32,
    tags: Vec<String>,
}
