//! What the peers share: the address they are given, the line that says they listen, and the
//! answer of those that have no HTTP library.
//!
//! A peer is any command that takes `ADDRESS` as its first argument, prints one line when it
//! listens and answers `GET /hello` with `Hello World!`; nothing here is needed to be one.

use std::env;
use std::io::{self, Write};
use std::net::SocketAddr;

/// The body every peer answers with.
pub const BODY: &str = "Hello World!";

/// A whole answer, of the size and shape that hyper gives by default.
pub const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 12\r\n\
    date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\nHello World!";

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
