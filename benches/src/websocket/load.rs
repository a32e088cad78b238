//! The loads `echo` and `broadcast`.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::sockets::Sockets;
use super::{Client, ECHO, Opcode, ROOM, connect_from, text};
use crate::usage::Usage;

/// A load of messages.
#[derive(Debug)]
pub struct Load {
    /// The server.
    pub address: SocketAddr,
    /// The processes of the server.
    pub pids: Vec<u32>,
    /// The duration after the connections are made.
    pub time: Duration,
    /// The number of sockets.
    pub connections: usize,
    /// The length of a message before compression.
    pub bytes: usize,
    /// The number of messages in each write.
    pub depth: usize,
    /// Whether messages are compressed.
    pub deflates: bool,
}

/// The result of a load.
#[derive(Debug)]
pub struct Measured {
    /// Messages that came from the server.
    pub messages: u64,
    /// The duration of the load.
    pub time: Duration,
    /// The processor time of the server during the load, without that of the handshakes.
    pub server: Usage,
    /// From each write to its last message, in ascending order.
    pub latencies: Vec<Duration>,
}

impl Load {
    /// Sends messages on all sockets, `depth` at a time on each, and reads their echoes.
    ///
    /// # Errors
    ///
    /// If a connection fails, or if an echo is wrong.
    pub fn echo(&self) -> io::Result<Measured> {
        let mut sockets = self.connect(ECHO)?;
        let before = Usage::read(&self.pids)?;
        let start = Instant::now();
        // Since when each socket waits, and for how many messages.
        let mut waiting = vec![(start, self.depth); self.connections];
        for (socket, (since, _)) in waiting.iter_mut().enumerate() {
            *since = Instant::now();
            sockets.send(socket)?;
        }
        let (mut messages, mut latencies, mut deliveries) = (0, Vec::new(), Vec::new());
        while start.elapsed() < self.time {
            sockets.turn(&mut deliveries)?;
            for delivery in deliveries.drain(..) {
                let (since, left) = &mut waiting[delivery.socket];
                messages += delivery.messages as u64;
                *left = left.checked_sub(delivery.messages).ok_or_else(too_many)?;
                if *left == 0 {
                    latencies.push(delivery.at - *since);
                    (*since, *left) = (Instant::now(), self.depth);
                    sockets.send(delivery.socket)?;
                }
            }
        }
        self.measured(messages, start, before, latencies)
    }

    /// Sends a message on one socket, reads it from all sockets, and so on.
    ///
    /// # Errors
    ///
    /// If a connection fails, or if a message is wrong.
    pub fn broadcast(&self) -> io::Result<Measured> {
        let mut sockets = self.connect(ROOM)?;
        let before = Usage::read(&self.pids)?;
        let start = Instant::now();
        let (mut messages, mut latencies, mut deliveries) = (0, Vec::new(), Vec::new());
        while start.elapsed() < self.time {
            let since = Instant::now();
            sockets.send(0)?;
            let mut left = self.connections;
            while left > 0 {
                sockets.turn(&mut deliveries)?;
                for delivery in deliveries.drain(..) {
                    left = left.checked_sub(delivery.messages).ok_or_else(too_many)?;
                    latencies.push(delivery.at - since);
                }
            }
            messages += self.connections as u64;
        }
        self.measured(messages, start, before, latencies)
    }

    /// All sockets, and the first message of the server as the one that is expected from then on.
    fn connect(&self, path: &str) -> io::Result<Sockets> {
        let mut first = Client::connect(self.address, path, self.deflates)?;
        if path == ROOM {
            first.join()?;
        }
        let payload = text(self.bytes);
        first.send(Opcode::Text, payload.as_bytes())?;
        let reply = first.receive()?;
        if (reply.opcode, &reply.payload[..]) != (Opcode::Text, payload.as_bytes()) {
            return Err(io::Error::other("the first message is wrong"));
        }
        let batch = first.frame(Opcode::Text, payload.as_bytes()).repeat(self.depth);
        let mut sockets = Sockets::new(batch, reply.raw)?;
        sockets.add(first.into_stream()?)?;
        for number in 1..self.connections {
            let stream = connect_from(number, self.address, false)?;
            let mut client = Client::over(stream, path, self.deflates)?;
            if path == ROOM {
                client.join()?;
            }
            sockets.add(client.into_stream()?)?;
        }
        Ok(sockets)
    }

    fn measured(
        &self,
        messages: u64,
        start: Instant,
        before: Usage,
        mut latencies: Vec<Duration>,
    ) -> io::Result<Measured> {
        let time = start.elapsed();
        let server = Usage::read(&self.pids)?.since(before);
        latencies.sort_unstable();
        Ok(Measured { messages, time, server, latencies })
    }
}

fn too_many() -> io::Error {
    io::Error::other("the server sent more messages than it received")
}
