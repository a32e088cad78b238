//! The load of the scenarios `beside-…`: one client requests `/hello`, each time on a new
//! connection, while other clients keep the server busy.
//!
//! The threads of the other clients have the lowest priority, so that the measuring client seldom
//! waits for them on their common processor.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, setpriority_process};
use rustix::thread::gettid;

use crate::client::Client;
use crate::websocket::{self, ECHO, Opcode};
use crate::{BODY, TRANSFER};

/// What keeps the server busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// A client that reads `/endless` as fast as possible.
    Stream,
    /// The same, compressed by the server.
    Compressed,
    /// A client that uploads.
    Upload,
    /// A client that downloads the file.
    File,
    /// Clients that repeatedly send 10,000 requests in one write, and read the responses.
    Pipelines,
    /// WebSockets that repeatedly send 10,000 messages of one byte in one write, and read the echoes.
    Messages,
}

impl Busy {
    /// Parses the word of the command line.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Some(match word {
            "stream" => Self::Stream,
            "compressed" => Self::Compressed,
            "upload" => Self::Upload,
            "file" => Self::File,
            "pipelines" => Self::Pipelines,
            "messages" => Self::Messages,
            _ => return None,
        })
    }

    /// Starts what keeps the server busy until this process ends.
    fn start(self, address: SocketAddr) -> io::Result<()> {
        match self {
            Self::Stream => flood(connect(address)?, &get("/endless", ""), 1),
            Self::Compressed => {
                flood(connect(address)?, &get("/endless", "Accept-Encoding: gzip\r\n"), 1)
            }
            Self::File => flood(connect(address)?, &get("/file", ""), usize::MAX),
            Self::Upload => flood(connect(address)?, &upload(), usize::MAX),
            Self::Pipelines => {
                let pipeline = get("/hello", "").repeat(PIPELINED);
                for _ in 0..PIPELINES {
                    flood(connect(address)?, &pipeline, usize::MAX)?;
                }
                Ok(())
            }
            Self::Messages => {
                for _ in 0..SOCKETS {
                    let socket = websocket::Client::connect(address, ECHO, false)?;
                    let messages = socket.frame(Opcode::Text, b"x").repeat(PIPELINED);
                    flood(socket.into_stream()?, &messages, usize::MAX)?;
                }
                Ok(())
            }
        }
    }
}

/// Requests `/hello` until the time is over; returns the latencies in ascending order.
///
/// # Errors
///
/// If a connection fails, or a response is wrong.
pub fn measure(address: SocketAddr, busy: Busy, time: Duration) -> io::Result<Vec<Duration>> {
    busy.start(address)?;
    // The warm-up of the other clients is not measured.
    thread::sleep(WARM_UP);
    hellos(address, time)
}

/// Requests `/hello` until the time is over, as [`measure`] does, beside what is there.
pub(crate) fn hellos(address: SocketAddr, time: Duration) -> io::Result<Vec<Duration>> {
    let (end, request) = (Instant::now() + time, get("/hello", ""));
    let mut taken = Vec::new();
    while Instant::now() < end {
        let start = Instant::now();
        let mut client = Client::connect(address, TIMEOUT)?;
        client.send(&request)?;
        let body = client.text()?;
        taken.push(start.elapsed());
        if body != BODY {
            return Err(io::Error::other(format!("the answer is {body:?}")));
        }
        thread::sleep(PAUSE);
    }
    taken.sort_unstable();
    Ok(taken)
}

/// The latency at this percentile.
#[must_use]
pub fn percentile(taken: &[Duration], hundredths: usize) -> Duration {
    let at = (taken.len() * hundredths / 100).min(taken.len().saturating_sub(1));
    taken.get(at).copied().unwrap_or_default()
}

fn get(path: &str, fields: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n").into_bytes()
}

/// A part of a sequence of uploads: a head, and a body of 1 MiB.
fn upload() -> Vec<u8> {
    let length = TRANSFER >> 10;
    let head =
        format!("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
    let mut upload = head.into_bytes();
    upload.resize(upload.len() + length as usize, b'x');
    upload
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Sends these bytes this many times on a connection, and reads all responses, on two threads.
fn flood(mut writer: TcpStream, bytes: &[u8], times: usize) -> io::Result<()> {
    let (mut reader, bytes) = (writer.try_clone()?, bytes.to_vec());
    spawn(move || (0..times).all(|_| writer.write_all(&bytes).is_ok()))?;
    spawn(move || {
        let mut room = vec![0; ROOM];
        while reader.read(&mut room).is_ok_and(|count| count > 0) {}
        true
    })
}

fn spawn(work: impl FnOnce() -> bool + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().stack_size(STACK);
    thread.spawn(move || {
        // Linux accepts a thread id here. If this fails, the figures are less precise.
        let id = Pid::from_raw(gettid().as_raw_nonzero().get());
        let _ = setpriority_process(id, LOWEST);
        work();
    })?;
    Ok(())
}

/// For each response.
const TIMEOUT: Duration = Duration::from_secs(10);

const WARM_UP: Duration = Duration::from_millis(500);

/// Between two requests.
const PAUSE: Duration = Duration::from_millis(1);

const PIPELINES: usize = 200;

const SOCKETS: usize = 50;

const PIPELINED: usize = 10_000;

const ROOM: usize = 64 << 10;

const STACK: usize = 128 << 10;

const LOWEST: i32 = 19;
