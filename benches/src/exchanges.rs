//! The loads `busy` and `short`: requests on many connections, one at a time on each. Those of `short`
//! are closed after ten requests, and replaced by new ones.
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
use crate::usage::Usage;
use crate::{BODY, get_hello};

/// The requests of a connection that is closed.
const REQUESTS: usize = 10;

/// The side that closes the connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closer {
    /// The client closes after the tenth response.
    Client,
    /// The tenth request has `Connection: close`, and the client waits for the end.
    Server,
    /// The connections stay open.
    Nobody,
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

/// Requests on many connections.
#[derive(Debug)]
pub struct Load {
    /// The server.
    pub address: SocketAddr,
    /// The processes of the server.
    pub pids: Vec<u32>,
    /// The duration after the first connections are made.
    pub time: Duration,
    /// The connections that are open at a time.
    pub connections: usize,
    /// The side that closes the connections.
    pub closer: Closer,
}

/// The result of a load.
#[derive(Debug)]
pub struct Measured {
    /// The duration of the load.
    pub time: Duration,
    /// The processor time of the server during the load.
    pub server: Usage,
    /// From each request to its response, in ascending order. That of the first request of a
    /// connection contains making the connection.
    pub latencies: Vec<Duration>,
}

impl Load {
    /// Makes the connections, with one request on each, and then loads the server.
    ///
    /// # Errors
    ///
    /// If a connection fails, if it is closed too early or not at all, or if a response is wrong.
    pub fn measure(&self) -> io::Result<Measured> {
        let exchanges = Exchanges::learn(self.address, self.closer)?;
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let open = |slot| Connection::open(self.address, &poll, slot, &exchanges);
        let (mut connections, mut latencies) = (Vec::with_capacity(self.connections), Vec::new());
        for slot in 0..self.connections as u64 {
            let mut connection = open(slot)?;
            while latencies.is_empty() {
                connection.read(&exchanges, &mut latencies)?;
            }
            latencies.clear();
            connections.push(connection);
        }
        let (before, start) = (Usage::read(&self.pids)?, Instant::now());
        for connection in &mut connections {
            connection.ask(&exchanges)?;
        }
        let (mut waiting, mut events) = (connections.len(), Vec::with_capacity(MAX_EVENTS));
        let silence = Timespec::try_from(TIMEOUT).map_err(io::Error::other)?;
        while waiting > 0 {
            events.clear();
            epoll::wait(&poll, spare_capacity(&mut events), Some(&silence))?;
            if events.is_empty() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let is_over = start.elapsed() >= self.time;
            for event in &events {
                let slot = event.data.u64();
                let connection = &mut connections[slot as usize];
                match connection.read(&exchanges, &mut latencies)? {
                    Progress::Waiting => {}
                    // At the end all responses are awaited: the server has worked for them.
                    _ if is_over => {
                        epoll::delete(&poll, &connection.stream)?;
                        waiting -= 1;
                    }
                    Progress::Answered => connection.ask(&exchanges)?,
                    Progress::Over => *connection = open(slot)?,
                }
            }
        }
        let (time, server) = (start.elapsed(), Usage::read(&self.pids)?.since(before));
        latencies.sort_unstable();
        Ok(Measured { time, server, latencies })
    }
}

/// What a connection sends and receives.
struct Exchanges {
    closer: Closer,
    /// The first ten requests of a connection, and the lengths of their responses.
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

    /// The exchange after `answered` others on a connection; `None` if the connection is over.
    fn after(&self, answered: usize) -> Option<&(Vec<u8>, usize)> {
        let at = if self.closer == Closer::Nobody { answered % REQUESTS } else { answered };
        self.exchanges.get(at)
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

/// The state of a connection after a read.
#[derive(Debug, PartialEq, Eq)]
enum Progress {
    /// A response is not whole, or the end has not come.
    Waiting,
    /// The response is whole.
    Answered,
    /// The connection is to be replaced.
    Over,
}

impl Connection {
    /// Connects, and sends the first request.
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
        let mut connection = Self { stream, answered: 0, input: Vec::with_capacity(ROOM), since };
        connection.ask(exchanges)?;
        connection.since = since;
        Ok(connection)
    }

    /// Sends the next request, if there is one.
    fn ask(&mut self, exchanges: &Exchanges) -> io::Result<()> {
        self.since = Instant::now();
        let Some((request, _)) = exchanges.after(self.answered) else { return Ok(()) };
        let sent = send(&self.stream, request, SendFlags::NOSIGNAL)?;
        if sent == request.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
    }

    /// Reads once; a response that becomes whole adds its latency.
    fn read(
        &mut self,
        exchanges: &Exchanges,
        latencies: &mut Vec<Duration>,
    ) -> io::Result<Progress> {
        let mut room = [0; ROOM];
        let (read, _) = recv(&self.stream, &mut room, RecvFlags::empty())?;
        let Some((_, len)) = exchanges.after(self.answered) else {
            return if read == 0 { Ok(Progress::Over) } else { Err(wrong("more than ten")) };
        };
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.input.extend_from_slice(&room[..read]);
        if self.input.len() < *len {
            return Ok(Progress::Waiting);
        }
        let is_whole = self.input.len() == *len && self.input.starts_with(STATUS_LINE);
        if !is_whole || memmem::find(&self.input, BODY.as_bytes()).is_none() {
            return Err(wrong(&String::from_utf8_lossy(&self.input)));
        }
        latencies.push(self.since.elapsed());
        self.input.clear();
        self.answered += 1;
        Ok(match (exchanges.closer, exchanges.after(self.answered)) {
            (_, Some(_)) => Progress::Answered,
            (Closer::Server, None) => Progress::Waiting,
            (_, None) => Progress::Over,
        })
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::other(format!("a response differs from the first one: {what}"))
}

const STATUS_LINE: &[u8] = b"HTTP/1.1 200 ";

/// Larger than the responses.
const ROOM: usize = 1 << 10;

const MAX_EVENTS: usize = 1024;

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
        let (pids, connections) = (vec![std::process::id()], 4);
        for closer in [Closer::Client, Closer::Server, Closer::Nobody] {
            let address = server(usize::MAX);
            let mut time = Duration::from_millis(10);
            let load = |time| Load { address, pids: pids.clone(), time, connections, closer };
            // The responses of several connections in each place: on a slow machine after longer.
            while load(time).measure().unwrap().latencies.len() <= connections * REQUESTS {
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
        while latencies.is_empty() {
            connection.read(&exchanges, &mut latencies).unwrap();
        }
        assert!(connection.read(&exchanges, &mut latencies).is_err());
    }
}
