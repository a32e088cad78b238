//! The load `short`: connections that are closed after ten requests, and replaced by new ones.
//!
//! A response is recognised by its length, which is that of the first one, and by its status and
//! its body: so the load parses nothing.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use memchr::memmem;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::net::{RecvFlags, SendFlags, recv, send};

use crate::client::Client;
use crate::{BODY, get_hello};

/// The requests of a connection.
const REQUESTS: usize = 10;

/// The connections that are open at a time.
const CONNECTIONS: usize = 64;

/// The side that closes the connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closer {
    /// The client closes after the last response.
    Client,
    /// The last request has `Connection: close`, and the client waits for the end.
    Server,
}

impl Closer {
    /// Parses the word of the command line.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "client" => Some(Self::Client),
            "server" => Some(Self::Server),
            _ => None,
        }
    }
}

/// Loads the server until the time is over. Returns the time from each request to its response, in
/// ascending order; that of a first request contains making the connection.
///
/// # Errors
///
/// If a connection fails, if it is closed too early or not at all, or if a response is wrong.
pub fn measure(address: SocketAddr, closer: Closer, time: Duration) -> io::Result<Vec<Duration>> {
    let exchanges = Exchanges::learn(address, closer)?;
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let open = |slot| Connection::open(address, &poll, slot, &exchanges);
    let mut connections = (0..CONNECTIONS as u64).map(open).collect::<io::Result<Vec<_>>>()?;
    let (mut latencies, mut events) = (Vec::new(), Vec::with_capacity(CONNECTIONS));
    let (end, silence) = (Instant::now() + time, Timespec::try_from(TIMEOUT));
    let silence = silence.map_err(io::Error::other)?;
    while Instant::now() < end {
        events.clear();
        epoll::wait(&poll, spare_capacity(&mut events), Some(&silence))?;
        if events.is_empty() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        for event in &events {
            let slot = event.data.u64();
            let connection = &mut connections[slot as usize];
            if connection.read(&exchanges, &mut latencies)? {
                *connection = open(slot)?;
            }
        }
    }
    latencies.sort_unstable();
    Ok(latencies)
}

/// What a connection sends and receives.
struct Exchanges {
    closer: Closer,
    /// The requests of a connection, and the lengths of their responses.
    exchanges: Vec<(Vec<u8>, usize)>,
}

impl Exchanges {
    /// Makes one connection, and checks its responses.
    fn learn(address: SocketAddr, closer: Closer) -> io::Result<Self> {
        let last = if closer == Closer::Server { "Connection: close\r\n" } else { "" };
        let mut client = Client::connect(address, TIMEOUT)?;
        let mut exchanges = Vec::with_capacity(REQUESTS);
        for number in 1..=REQUESTS {
            let fields = if number == REQUESTS { last } else { "" };
            let request = get_hello(address, fields).into_bytes();
            client.send(&request)?;
            let (before, body) = (client.consumed(), client.text()?);
            if body != BODY {
                return Err(io::Error::other(format!("the answer is {body:?}")));
            }
            exchanges.push((request, client.consumed() - before));
        }
        if closer == Closer::Server && client.read()? > 0 {
            return Err(io::Error::other("the last response is followed by more bytes"));
        }
        Ok(Self { closer, exchanges })
    }
}

struct Connection {
    stream: TcpStream,
    /// The number of responses received whole.
    answered: usize,
    /// The beginning of the next response.
    input: Vec<u8>,
    since: Instant,
}

impl Connection {
    fn open(
        address: SocketAddr,
        poll: &OwnedFd,
        slot: u64,
        exchanges: &Exchanges,
    ) -> io::Result<Self> {
        let since = Instant::now();
        let stream = TcpStream::connect(address)?;
        // Level-triggered, and one read per event: so no read blocks.
        epoll::add(poll, &stream, epoll::EventData::new_u64(slot), epoll::EventFlags::IN)?;
        let connection = Self { stream, answered: 0, input: Vec::with_capacity(ROOM), since };
        connection.ask(exchanges)?;
        Ok(connection)
    }

    fn ask(&self, exchanges: &Exchanges) -> io::Result<()> {
        let (request, _) = &exchanges.exchanges[self.answered];
        let sent = send(&self.stream, request, SendFlags::NOSIGNAL)?;
        if sent == request.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
    }

    /// Reads once, and sends the next request after a whole response. True if the connection is
    /// over.
    fn read(&mut self, exchanges: &Exchanges, latencies: &mut Vec<Duration>) -> io::Result<bool> {
        let mut room = [0; ROOM];
        let (read, _) = recv(&self.stream, &mut room, RecvFlags::empty())?;
        let Some((_, len)) = exchanges.exchanges.get(self.answered) else {
            return if read == 0 { Ok(true) } else { Err(wrong("more than ten responses")) };
        };
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.input.extend_from_slice(&room[..read]);
        if self.input.len() < *len {
            return Ok(false);
        }
        let is_whole = self.input.len() == *len && self.input.starts_with(STATUS_LINE);
        if !is_whole || memmem::find(&self.input, BODY.as_bytes()).is_none() {
            return Err(wrong(&String::from_utf8_lossy(&self.input)));
        }
        latencies.push(self.since.elapsed());
        self.input.clear();
        self.answered += 1;
        if self.answered < REQUESTS {
            self.since = Instant::now();
            self.ask(exchanges)?;
            return Ok(false);
        }
        Ok(exchanges.closer == Closer::Client)
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::other(format!("a response differs from the first one: {what}"))
}

const STATUS_LINE: &[u8] = b"HTTP/1.1 200 ";

/// Larger than the responses.
const ROOM: usize = 1 << 10;

/// A server that is silent for this long has failed.
const TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::thread;

    /// A server that ends a connection after the response with this number, or with the request
    /// that asks for it.
    fn server(limit: usize) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                thread::spawn(move || serve(stream, limit));
            }
        });
        address
    }

    /// Ends with the connection.
    fn serve(mut stream: TcpStream, limit: usize) -> io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        for _ in 0..limit {
            let mut is_last = false;
            loop {
                let line = lines.next().ok_or(io::ErrorKind::UnexpectedEof)??;
                if line.is_empty() {
                    break;
                }
                is_last |= line == "Connection: close";
            }
            stream.write_all(crate::ANSWER)?;
            if is_last {
                break;
            }
        }
        Ok(())
    }

    #[test]
    fn connections_are_replaced_until_the_time_is_over() {
        for closer in [Closer::Client, Closer::Server] {
            let address = server(usize::MAX);
            let mut time = Duration::from_millis(10);
            // The responses of several connections in each place: on a slow machine after longer.
            while measure(address, closer, time).unwrap().len() <= CONNECTIONS * REQUESTS {
                time *= 2;
            }
        }
    }

    #[test]
    fn a_connection_that_ends_too_early_is_an_error() {
        let exchanges = Exchanges::learn(server(usize::MAX), Closer::Client).unwrap();
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
        let mut connection = Connection::open(server(1), &poll, 0, &exchanges).unwrap();
        let mut latencies = Vec::new();
        let ended = std::iter::repeat_with(|| connection.read(&exchanges, &mut latencies));
        assert!(ended.take(3).any(|read| read.is_err()));
        assert_eq!(latencies.len(), 1);
    }
}
