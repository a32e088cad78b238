//! The null server: the cost of the kernel without the cost of HTTP.
//!
//! One thread, level-triggered epoll, one `recv` and one `send` per wake-up. It counts blank lines
//! and writes as many fixed responses. It has no parser, limits or deadlines.

use std::collections::HashMap;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use memchr::memmem::Finder;
use rustix::buffer::spare_capacity;
use rustix::event::epoll;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use tremolo_benches::{ANSWER, Arguments, ready};

const BLANK: &[u8] = b"\r\n\r\n";
const MAX_BATCH: usize = 256;

/// A connection, and the last bytes read, which may begin a blank line.
struct Client {
    stream: TcpStream,
    tail: [u8; 3],
    tail_len: usize,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::read()?;
    let listener = TcpListener::bind(arguments.address)?;
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let listening = epoll::EventData::new_u64(u64::MAX);
    epoll::add(&poll, &listener, listening, epoll::EventFlags::IN)?;
    ready()?;

    let answers = ANSWER.repeat(MAX_BATCH);
    let finder = Finder::new(BLANK);
    let mut input = vec![0; 64 * 1024];
    let mut clients = HashMap::new();
    let mut events = Vec::with_capacity(1024);
    loop {
        epoll::wait(&poll, spare_capacity(&mut events), None)?;
        for event in events.drain(..) {
            let key = event.data.u64();
            if key == u64::MAX {
                let (stream, _) = listener.accept()?;
                stream.set_nodelay(true)?;
                let key = stream.as_raw_fd() as u64;
                let data = epoll::EventData::new_u64(key);
                epoll::add(&poll, &stream, data, epoll::EventFlags::IN)?;
                clients.insert(key, Client { stream, tail: [0; 3], tail_len: 0 });
            } else if let Some(client) = clients.get_mut(&key)
                && !client.serve(&finder, &mut input, &answers)
            {
                clients.remove(&key);
            }
        }
    }
}

impl Client {
    /// Responds to the requests of one read; `false` if the connection is closed.
    fn serve(&mut self, finder: &Finder<'_>, input: &mut [u8], answers: &[u8]) -> bool {
        input[..self.tail_len].copy_from_slice(&self.tail[..self.tail_len]);
        let Ok((read, _)) = recv(&self.stream, &mut input[self.tail_len..], RecvFlags::empty())
        else {
            return false;
        };
        if read == 0 {
            return false;
        }
        let seen = &input[..self.tail_len + read];
        let (mut count, mut end) = (0, 0);
        for start in finder.find_iter(seen) {
            count += 1;
            end = start + BLANK.len();
        }
        let rest = &seen[end..];
        let tail = &rest[rest.len().saturating_sub(self.tail.len())..];
        self.tail[..tail.len()].copy_from_slice(tail);
        self.tail_len = tail.len();
        self.write(count, answers)
    }

    fn write(&self, mut count: usize, answers: &[u8]) -> bool {
        while count > 0 {
            let batch = count.min(MAX_BATCH);
            let bytes = &answers[..batch * ANSWER.len()];
            if send(&self.stream, bytes, SendFlags::NOSIGNAL) != Ok(bytes.len()) {
                return false;
            }
            count -= batch;
        }
        true
    }
}
