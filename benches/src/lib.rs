//! What the peers share: the address they are given, the line that says they listen, and what
//! they answer with, so that all of them answer alike.
//!
//! A peer is any command that takes `ADDRESS` as its first argument, prints one line when it
//! listens and answers the paths that README.md lists; nothing here is needed to be one.

pub mod beside;
pub mod client;

use std::env;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The body every peer answers with.
pub const BODY: &str = "Hello World!";

/// A whole answer, of the size and shape that hyper gives by default.
pub const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 12\r\n\
    date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nHello World!";

/// What `/fields` answers with beside the fields of `/hello`.
pub const FIELDS: [(&str, &str); 5] = [
    ("cache-control", "no-store"),
    ("x-request-id", "0123456789abcdef"),
    ("vary", "accept-encoding"),
    ("x-frame-options", "DENY"),
    ("set-cookie", "session=0123456789abcdef; Path=/; HttpOnly"),
];

/// How many bytes a stream or an upload has.
pub const TRANSFER: u64 = 1 << 30;

/// Where the runner says which file `/file` answers with.
pub const FILE_VARIABLE: &str = "BENCH_FILE";

/// Where the runner says how many routes there are of each kind, `/routes/N` and `/items/N/…`.
pub const ROUTES_VARIABLE: &str = "BENCH_ROUTES";

/// Where the runner says how many requests come in each write.
pub const DEPTH_VARIABLE: &str = "BENCH_DEPTH";

/// The command line of a peer: where to listen, then words that choose a variant.
#[derive(Debug)]
pub struct Arguments {
    /// Where to listen.
    pub address: SocketAddr,
    words: Vec<String>,
}

impl Arguments {
    /// Reads the command line; fails when the first argument is no address.
    pub fn read() -> io::Result<Self> {
        let mut words = env::args().skip(1);
        let address = words.next().and_then(|word| word.parse().ok()).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "the first argument is the address")
        })?;
        Ok(Self { address, words: words.collect() })
    }

    /// Whether `word` was given after the address.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|given| given == word)
    }
}

/// Prints the line the runner waits for.
pub fn ready() -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(b"ready\n")?;
    out.flush()
}

/// The file to answer `/file` with; a peer without one has nothing there.
#[must_use]
pub fn file() -> PathBuf {
    env::var_os(FILE_VARIABLE).unwrap_or_default().into()
}

/// How many routes to add to the few that a peer always has.
#[must_use]
pub fn routes() -> usize {
    number(ROUTES_VARIABLE).unwrap_or(0)
}

/// How many requests come in each write, for peers that are set up differently then.
#[must_use]
pub fn depth() -> usize {
    number(DEPTH_VARIABLE).unwrap_or(1)
}

fn number(variable: &str) -> Option<usize> {
    env::var(variable).ok()?.parse().ok()
}

/// The pieces of a body, all of them the same bytes, by reference.
#[derive(Clone, Debug)]
pub struct Pieces {
    piece: Bytes,
    left: usize,
}

impl Pieces {
    /// What `/yield` answers with: ten times the body of `/hello`.
    #[must_use]
    pub fn small() -> Self {
        Self { piece: Bytes::from_static(BODY.as_bytes()), left: 10 }
    }

    /// What `/endless` answers with: pieces of a KiB for ever, on which a compression has to work.
    #[must_use]
    pub fn endless() -> Self {
        Self { piece: "0123456789abcdef".repeat(64).into(), left: usize::MAX }
    }

    /// What `/stream/SIZE` answers with: a GiB in pieces of that size, which must divide it.
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

/// What `/echo` reads and writes, as a shop would define it.
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
