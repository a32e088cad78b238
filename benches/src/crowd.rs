//! The load `crowd`: many idle connections, and `/hello` on a new connection each time, first
//! without them and then beside them.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use rustix::process::{Resource, getrlimit};

use crate::beside::hellos;
use crate::client::Client;
use crate::usage::settled_rss;
use crate::websocket::connect_from;
use crate::{BODY, get_hello};

/// The load.
#[derive(Debug)]
pub struct Crowd {
    /// The server.
    pub address: SocketAddr,
    /// The processes of the server.
    pub pids: Vec<u32>,
    /// The number of idle connections; less if the limit of open files is lower.
    pub connections: usize,
    /// The duration of the requests without the connections, and of those beside them.
    pub time: Duration,
}

/// The result of a crowd.
#[derive(Debug)]
pub struct Crowded {
    /// The number of idle connections.
    pub connections: usize,
    /// The growth of the server's resident size per connection.
    pub bytes: f64,
    /// The latencies without the connections, in ascending order.
    pub alone: Vec<Duration>,
    /// The latencies beside them, in ascending order.
    pub beside: Vec<Duration>,
    /// The idle connections that the server has closed.
    pub closed: usize,
}

impl Crowd {
    /// Measures requests, opens the connections, one response on each, and measures again.
    ///
    /// # Errors
    ///
    /// If a connection fails, or if a response is wrong.
    pub fn run(&self) -> io::Result<Crowded> {
        let alone = hellos(self.address, self.time)?;
        let before = settled_rss(&self.pids)?;
        // Each connection is a file of the server, too, which needs some others.
        let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        let connections = self.connections.min(limit.saturating_sub(SPARE_FILES) as usize);
        let (request, mut held) = (get_hello(self.address, ""), Vec::with_capacity(connections));
        for number in 0..connections {
            let stream = connect_from(number, self.address, false)?;
            let mut client = Client::over(stream, TIMEOUT)?;
            client.send(request.as_bytes())?;
            let body = client.text()?;
            if body != BODY {
                return Err(io::Error::other(format!("the answer is {body:?}")));
            }
            held.push(client.into_stream());
        }
        let growth = settled_rss(&self.pids)? as f64 - before as f64;
        let beside = hellos(self.address, self.time)?;
        let is_closed = |stream| {
            let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
            recv(stream, &mut [0_u8; 1], flags) != Err(Errno::AGAIN)
        };
        let closed = held.iter().filter(|stream| is_closed(*stream)).count();
        let bytes = growth / connections.max(1) as f64;
        Ok(Crowded { connections, bytes, alone, beside, closed })
    }
}

/// The descriptors of server and load that are not idle connections.
const SPARE_FILES: u64 = 100;

/// For each response.
const TIMEOUT: Duration = Duration::from_secs(10);
