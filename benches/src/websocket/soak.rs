//! The load `soak`: a feed of many sockets and event streams, one message a second to all of them,
//! and among them clients that do not read.
//!
//! All messages are ASCII, and each ends with one byte that is nowhere else. So a client looks for
//! this byte instead of parsing frames or chunks, and finds a ping by its first byte.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use memchr::{memchr, memmem};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::process::{Resource, getrlimit};

use super::{Client, EVENTS, FEED, GREETING, Opcode, connect_from, frame, prepare, text};
use crate::usage::settled_rss;

/// The clients of a soak, and its messages.
#[derive(Debug)]
pub struct Soak {
    /// The server.
    pub address: SocketAddr,
    /// The processes of the server.
    pub pids: Vec<u32>,
    /// The number of sockets, and that of event streams; less if the limit of open files is lower.
    pub each: usize,
    /// How many of each do not read.
    pub slow: usize,
    /// The length of a message.
    pub bytes: usize,
    /// The number of messages, one a second.
    pub rounds: usize,
}

/// The result of a soak.
#[derive(Debug)]
pub struct Soaked {
    /// The number of clients.
    pub clients: usize,
    /// The growth of the server's resident size per client: when all are connected, and after the
    /// last message.
    pub idle: f64,
    /// See `idle`.
    pub after: f64,
    /// From each message to each client that reads, in ascending order.
    pub latencies: Vec<Duration>,
    /// The messages that did not come in time to a client that reads.
    pub missed: u64,
    /// How many of the clients that do not read were disconnected.
    pub closed: usize,
}

impl Soak {
    /// Connects all clients, sends the messages, and waits for each until all have it that read.
    ///
    /// # Errors
    ///
    /// If a client cannot connect, or if one that reads is disconnected.
    pub fn run(&self) -> io::Result<Soaked> {
        let before = settled_rss(&self.pids)?;
        // Each client is a file of the server, too, which needs some others.
        let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX) as usize;
        let each = self.each.min((limit - SPARE_FILES) / 2);
        let clients = 2 * each;
        let (mut readers, mut others) = (Readers::new()?, Vec::new());
        for number in 0..clients {
            let (is_stream, is_slow) = (number >= each, number % each >= each - self.slow);
            let stream = connect_from(number, self.address, is_slow)
                .and_then(|stream| if is_stream { subscribe(stream) } else { join(stream) })
                .map_err(|error| during(&format!("client {number} connects"), &error))?;
            if is_slow { others.push(stream) } else { readers.add(stream)? }
        }
        let per_client = |size: u64| (size as f64 - before as f64) / clients as f64;
        let idle = per_client(settled_rss(&self.pids)?);
        let message = text(self.bytes - 1) + END;
        let message = frame::masked(Opcode::Text, false, message.as_bytes());
        let (start, mut missed) = (Instant::now(), 0);
        for round in 0..self.rounds {
            let at = start + PERIOD * round as u32;
            thread::sleep(at.saturating_duration_since(Instant::now()));
            missed += readers
                .await_message(&message)
                .map_err(|error| during(&format!("message {round} is sent"), &error))?;
        }
        let after = per_client(settled_rss(&self.pids)?);
        let closed = others.iter_mut().filter_map(|stream| is_closed(stream).ok()).filter(|&is| is);
        let closed = closed.count();
        let mut latencies = readers.latencies;
        latencies.sort_unstable();
        Ok(Soaked { clients, idle, after, latencies, missed, closed })
    }
}

/// The clients that read.
struct Readers {
    poll: OwnedFd,
    clients: Vec<Reader>,
    latencies: Vec<Duration>,
    events: Vec<epoll::Event>,
    room: Vec<u8>,
}

struct Reader {
    stream: TcpStream,
    /// The latest message has not come.
    is_waiting: bool,
}

impl Readers {
    fn new() -> io::Result<Self> {
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let (events, room) = (Vec::with_capacity(MAX_EVENTS), vec![0; READ_SIZE]);
        Ok(Self { poll, clients: Vec::new(), latencies: Vec::new(), events, room })
    }

    fn add(&mut self, stream: TcpStream) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        let data = epoll::EventData::new_u64(self.clients.len() as u64);
        epoll::add(&self.poll, &stream, data, epoll::EventFlags::IN)?;
        self.clients.push(Reader { stream, is_waiting: false });
        Ok(())
    }

    /// Sends a message from the first client, and waits until all clients have it, or until it has
    /// taken too long. Returns how many clients miss it; the next message does not wait for it.
    fn await_message(&mut self, message: &[u8]) -> io::Result<u64> {
        for client in &mut self.clients {
            client.is_waiting = true;
        }
        let (since, mut left) = (Instant::now(), self.clients.len());
        self.clients[0].stream.write_all(message)?;
        while left > 0 && since.elapsed() < PATIENCE {
            let timeout = Timespec { tv_sec: 1, tv_nsec: 0 };
            self.events.clear();
            epoll::wait(&self.poll, spare_capacity(&mut self.events), Some(&timeout))?;
            for event in &self.events {
                let client = &mut self.clients[event.data.u64() as usize];
                if client.read(&mut self.room)? {
                    left -= 1;
                    self.latencies.push(since.elapsed());
                }
            }
        }
        Ok(left as u64)
    }
}

impl Reader {
    /// Reads once, and replies to pings. True if a message has ended that was waited for.
    fn read(&mut self, room: &mut [u8]) -> io::Result<bool> {
        let read = self.stream.read(room)?;
        if read == 0 {
            return Err(io::Error::other("a client that reads was disconnected"));
        }
        let input = &room[..read];
        if let Some(at) = memchr(PING, input) {
            let len = input.get(at + 1).map_or(0, |len| usize::from(*len));
            let payload = input.get(at + 2..at + 2 + len).unwrap_or_default();
            self.stream.write_all(&frame::masked(Opcode::Pong, false, payload))?;
        }
        let has_ended = memchr(END.as_bytes()[0], input).is_some();
        Ok(has_ended && std::mem::take(&mut self.is_waiting))
    }
}

/// An error that names what failed: those of the system name no client.
fn during(what: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

/// A socket of the feed.
fn join(stream: TcpStream) -> io::Result<TcpStream> {
    let mut client = Client::over(stream, FEED, false)?;
    client.join()?;
    client.into_stream()
}

/// An event stream of the feed.
fn subscribe(mut stream: TcpStream) -> io::Result<TcpStream> {
    prepare(&stream)?;
    let request = format!("GET {EVENTS} HTTP/1.1\r\nHost: {}\r\n\r\n", stream.peer_addr()?);
    stream.write_all(request.as_bytes())?;
    let (mut input, mut room) = (Vec::new(), [0; 1024]);
    while memmem::find(&input, GREETING.as_bytes()).is_none() {
        // A response with another status has no greeting, and the connection stays open.
        if !input.starts_with(&STATUS_LINE[..STATUS_LINE.len().min(input.len())]) {
            let line = String::from_utf8_lossy(&input);
            let line = line.lines().next().unwrap_or_default();
            return Err(io::Error::other(format!("{EVENTS} has no event stream: {line}")));
        }
        match stream.read(&mut room)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => input.extend_from_slice(&room[..read]),
        }
    }
    Ok(stream)
}

/// Whether the server has closed a connection, whose bytes are read until there are no more.
fn is_closed(stream: &mut TcpStream) -> io::Result<bool> {
    stream.set_read_timeout(Some(CATCH_UP))?;
    let mut room = [0; 16 << 10];
    loop {
        match stream.read(&mut room) {
            Ok(0) => return Ok(true),
            Ok(_) => {}
            Err(error) => return Ok(error.kind() == io::ErrorKind::ConnectionReset),
        }
    }
}

/// The last byte of each message: not in its text, and not in the head of a frame of 4 KiB.
const END: &str = "!";

/// How the response of an event stream begins.
const STATUS_LINE: &[u8] = b"HTTP/1.1 200 ";

/// The first byte of a ping (RFC 6455, section 5.2), which is no ASCII.
const PING: u8 = 0x89;

/// From one message to the next.
const PERIOD: Duration = Duration::from_secs(1);

/// A message that takes longer counts as missed.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a client that has not read is given for what it missed.
const CATCH_UP: Duration = Duration::from_millis(20);

const SPARE_FILES: usize = 100;

const MAX_EVENTS: usize = 1024;

const READ_SIZE: usize = 64 << 10;
