//! Many sockets on one thread: all that a load sends and receives.
//!
//! The bytes of each reply are known in advance, so that a load parses nothing: it compares. A
//! server that replies otherwise is an error.

use std::io;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};

/// The sockets of a load, and the bytes that all of them send and receive.
pub(super) struct Sockets {
    poll: OwnedFd,
    sockets: Vec<Socket>,
    /// What one write sends.
    batch: Vec<u8>,
    /// One message from the server.
    expected: Vec<u8>,
    events: Vec<epoll::Event>,
    room: Vec<u8>,
}

struct Socket {
    stream: TcpStream,
    /// The bytes of the batch that are to be sent.
    unsent: usize,
    /// The bytes of the message that were received.
    received: usize,
}

/// Messages that a socket received whole.
pub(super) struct Delivery {
    pub(super) socket: usize,
    pub(super) messages: usize,
    pub(super) at: Instant,
}

impl Sockets {
    pub(super) fn new(batch: Vec<u8>, expected: Vec<u8>) -> io::Result<Self> {
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self {
            poll,
            sockets: Vec::new(),
            batch,
            expected,
            events: Vec::with_capacity(MAX_EVENTS),
            room: vec![0; READ_SIZE],
        })
    }

    /// Adds a connection after its handshake.
    pub(super) fn add(&mut self, stream: TcpStream) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        let data = epoll::EventData::new_u64(self.sockets.len() as u64);
        let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT | epoll::EventFlags::ET;
        epoll::add(&self.poll, &stream, data, flags)?;
        self.sockets.push(Socket { stream, unsent: 0, received: 0 });
        Ok(())
    }

    /// Sends the batch on a socket that has sent the one before.
    pub(super) fn send(&mut self, socket: usize) -> io::Result<()> {
        let socket = &mut self.sockets[socket];
        socket.unsent = self.batch.len();
        socket.flush(&self.batch)
    }

    /// Waits for events and serves them; appends what was received whole.
    ///
    /// # Errors
    ///
    /// If nothing comes for a long time, if a connection ends, or if a message is wrong.
    pub(super) fn turn(&mut self, deliveries: &mut Vec<Delivery>) -> io::Result<()> {
        let timeout = Timespec { tv_sec: SILENCE.as_secs() as i64, tv_nsec: 0 };
        self.events.clear();
        epoll::wait(&self.poll, spare_capacity(&mut self.events), Some(&timeout))?;
        if self.events.is_empty() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        for event in &self.events {
            let number = event.data.u64() as usize;
            let socket = &mut self.sockets[number];
            socket.flush(&self.batch)?;
            let messages = socket.receive(&self.expected, &mut self.room)?;
            if messages > 0 {
                deliveries.push(Delivery { socket: number, messages, at: Instant::now() });
            }
        }
        Ok(())
    }
}

impl Socket {
    fn flush(&mut self, batch: &[u8]) -> io::Result<()> {
        while self.unsent > 0 {
            let bytes = &batch[batch.len() - self.unsent..];
            match send(&self.stream, bytes, SendFlags::NOSIGNAL) {
                Ok(sent) => self.unsent -= sent,
                Err(Errno::AGAIN) => break,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads until there is no more; returns the number of messages that are complete.
    fn receive(&mut self, expected: &[u8], room: &mut [u8]) -> io::Result<usize> {
        let mut messages = 0;
        loop {
            let read = match recv(&self.stream, &mut *room, RecvFlags::empty()) {
                Ok((0, _)) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok((read, _)) => read,
                Err(Errno::AGAIN) => return Ok(messages),
                Err(error) => return Err(error.into()),
            };
            messages += self.compare(expected, &room[..read])?;
            // A short read has emptied the socket; a later arrival is a new event.
            if read < room.len() {
                return Ok(messages);
            }
        }
    }

    fn compare(&mut self, expected: &[u8], mut input: &[u8]) -> io::Result<usize> {
        let mut messages = 0;
        while !input.is_empty() {
            let rest = &expected[self.received..];
            let len = rest.len().min(input.len());
            if rest[..len] != input[..len] {
                return Err(io::Error::other("a message differs from the first one"));
            }
            input = &input[len..];
            self.received += len;
            if self.received == expected.len() {
                self.received = 0;
                messages += 1;
            }
        }
        Ok(messages)
    }
}

const MAX_EVENTS: usize = 1024;

/// Larger than the messages of all scenarios, so that most reads are short.
const READ_SIZE: usize = 256 << 10;

/// A server that is silent for this long has failed.
const SILENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::TcpListener;

    #[test]
    fn messages_are_counted_at_any_split() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        let mut sockets = Sockets::new(b"ask".to_vec(), b"reply".to_vec()).unwrap();
        sockets.add(stream).unwrap();
        sockets.send(0).unwrap();
        let (mut deliveries, mut count) = (Vec::new(), 0);
        for piece in ["replyrep", "l", "yreply"] {
            server.write_all(piece.as_bytes()).unwrap();
            count += piece.matches('y').count();
            while deliveries.iter().map(|delivery: &Delivery| delivery.messages).sum::<usize>()
                < count
            {
                sockets.turn(&mut deliveries).unwrap();
            }
        }
        assert_eq!(count, 3);
        server.write_all(b"other").unwrap();
        assert!(std::iter::repeat_with(|| sockets.turn(&mut deliveries)).any(|turn| turn.is_err()));
    }
}
