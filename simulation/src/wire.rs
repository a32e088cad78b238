//! The two directions of one connection between their ends, as sockets show them to the server.

use std::collections::VecDeque;
use std::io::{self, IoSlice, Read};
use std::task::Poll;

use bytes::BufMut;
use tremolo_core::{Connection, FileRegion};
use tremolo_net::FlushTarget;

use crate::scenario::Link;

/// The bytes on their way, and the state of both ends.
#[derive(Debug)]
pub(crate) struct Wire {
    link: Link,
    /// From the peer to the server.
    up: VecDeque<u8>,
    /// From the server to the peer.
    down: VecDeque<u8>,
    /// The peer has closed its sending half.
    pub(crate) peer_ended: bool,
    /// The peer has reset the connection, or has closed it and reads nothing.
    pub(crate) peer_left: Option<Left>,
    /// The server has closed its sending half.
    pub(crate) server_ended: bool,
    /// The server has dropped the socket.
    pub(crate) server_closed: bool,
    /// The peer has lost bytes that were on their way.
    pub(crate) was_reset: bool,
    /// The end is no regular one, which TLS shows to the peer (RFC 8446 section 6.1).
    pub(crate) was_cut: bool,
    /// Calls of the server, so that some are interrupted.
    calls: u32,
    /// Bytes that the engine has read and written, without their encryption.
    pub(crate) received: u64,
    pub(crate) sent: u64,
    /// A write of the server found no room.
    is_blocked: bool,
    pub(crate) news: News,
    /// Each hundredth write loses its first byte; only if that is sabotaged.
    pub(crate) loses_bytes: bool,
}

/// How a peer has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Reset,
    Closed,
}

/// What the other end has to learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) for_peer: bool,
    pub(crate) for_server: bool,
}

/// For the peer.
impl Wire {
    pub(crate) fn new(link: Link) -> Self {
        Self {
            link,
            up: VecDeque::new(),
            down: VecDeque::new(),
            peer_ended: false,
            peer_left: None,
            server_ended: false,
            server_closed: false,
            was_reset: false,
            was_cut: false,
            calls: 0,
            received: 0,
            sent: 0,
            is_blocked: false,
            news: News::default(),
            loses_bytes: false,
        }
    }

    pub(crate) fn latency(&self) -> u64 {
        self.link.latency
    }

    /// Sends what there is room for. Bytes to a server that has closed are lost.
    pub(crate) fn peer_sends(&mut self, bytes: &[u8]) -> usize {
        if self.server_closed {
            self.lose();
            return bytes.len();
        }
        let count = bytes.len().min(self.link.room - self.up.len().min(self.link.room));
        self.up.extend(&bytes[..count]);
        self.news.for_server |= count > 0;
        count
    }

    /// Appends at most so many received bytes to `into`.
    pub(crate) fn peer_reads(&mut self, most: usize, into: &mut Vec<u8>) {
        let count = self.down.len().min(most);
        let start = into.len();
        into.resize(start + count, 0);
        // Reading from a queue cannot fail.
        let _ = self.down.read_exact(&mut into[start..]);
        if count > 0 && self.is_blocked {
            self.is_blocked = false;
            self.news.for_server = true;
        }
    }

    /// Whether the peer has read everything, and nothing follows.
    pub(crate) fn is_at_end(&self) -> bool {
        self.down.is_empty() && (self.server_ended || self.server_closed || self.was_reset)
    }

    /// How many bytes more may be on their way to the peer.
    pub(crate) fn down_room(&self) -> usize {
        self.link.room - self.down.len().min(self.link.room)
    }

    /// How many bytes are on their way to the peer.
    pub(crate) fn down_len(&self) -> usize {
        self.down.len()
    }

    pub(crate) fn is_up_empty(&self) -> bool {
        self.up.is_empty()
    }

    pub(crate) fn peer_ends(&mut self) {
        self.peer_ended = true;
        self.news.for_server = true;
    }

    pub(crate) fn peer_leaves(&mut self, how: Left) {
        self.peer_left = Some(how);
        self.down.clear();
        if how == Left::Reset {
            self.up.clear();
        }
        self.peer_ends();
    }
}

/// For the server.
impl Wire {
    /// The calls that take what has arrived, and fill the other direction.
    pub(crate) fn calls(&self) -> usize {
        (self.up.len() + self.down_room()).div_ceil(self.link.most)
    }

    /// One read: `None` if nothing has arrived.
    pub(crate) fn server_reads(&mut self, room: &mut [u8]) -> Option<io::Result<usize>> {
        if self.peer_left == Some(Left::Reset) {
            return Some(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if self.up.is_empty() {
            return self.peer_ended.then_some(Ok(0));
        }
        if self.is_interrupted() {
            return Some(Err(io::ErrorKind::Interrupted.into()));
        }
        let most = room.len().min(self.link.most);
        let count = self.up.read(&mut room[..most]);
        // The peer may go on to send.
        self.news.for_peer |= matches!(count, Ok(1..));
        Some(count)
    }

    /// Whether a read would return something.
    pub(crate) fn is_readable(&self) -> bool {
        !self.up.is_empty() || self.peer_ended
    }

    /// The server drops the socket. Unread bytes reset the connection (RFC 9112 section 9.6).
    pub(crate) fn server_closes(&mut self, is_cut: bool) {
        if !self.server_closed {
            self.server_closed = true;
            self.news.for_peer = true;
            self.was_cut |= is_cut;
            if !self.up.is_empty() {
                self.lose();
            }
        }
    }

    /// Whether the peer has reached a regular end.
    pub(crate) fn ended_regularly(&self) -> bool {
        !self.was_reset && !self.was_cut
    }

    fn lose(&mut self) {
        self.was_reset = true;
        self.up.clear();
        self.down.clear();
    }

    fn is_interrupted(&mut self) -> bool {
        // Irregular, so that no call of a repeated pattern is always the one.
        self.calls = self.calls.wrapping_add(0x9e37_79b9);
        self.link.interrupts > 0 && (self.calls >> 16).is_multiple_of(self.link.interrupts)
    }

    fn write(&mut self, bytes: &[u8], most: usize) -> usize {
        let room = self.link.room - self.down.len().min(self.link.room);
        let count = bytes.len().min(room).min(most);
        let is_lossy = self.loses_bytes && self.calls.is_multiple_of(100);
        self.down.extend(&bytes[usize::from(is_lossy && count > 0)..count]);
        self.news.for_peer |= count > 0;
        count
    }

    pub(crate) fn count_sent(&mut self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(count)) = written {
            self.sent += *count as u64;
        }
    }

    /// One write of what TLS has encrypted: those bytes are not counted.
    pub(crate) fn server_writes(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = self.link.most;
        match self.begin_write() {
            None => Ok(self.write(bytes, most)),
            Some(Poll::Ready(failed)) => failed,
            Some(Poll::Pending) => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    fn begin_write(&mut self) -> Option<Poll<io::Result<usize>>> {
        if self.peer_left.is_some() {
            return Some(Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())));
        }
        if self.is_interrupted() {
            return Some(Poll::Ready(Err(io::ErrorKind::Interrupted.into())));
        }
        self.is_blocked = self.down.len() >= self.link.room;
        self.is_blocked.then_some(Poll::Pending)
    }
}

impl FlushTarget for Wire {
    fn poll_write(&mut self, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let most = self.link.most;
        let written =
            self.begin_write().unwrap_or_else(|| Poll::Ready(Ok(self.write(bytes, most))));
        self.count_sent(&written);
        written
    }

    fn poll_write_vectored(
        &mut self,
        slices: &[IoSlice<'_>],
        _more_follows: bool,
    ) -> Poll<io::Result<usize>> {
        if let Some(early) = self.begin_write() {
            return early;
        }
        let mut written = 0;
        for slice in slices {
            let count = self.write(slice, self.link.most - written);
            written += count;
            if count < slice.len() {
                break;
            }
        }
        let written = Poll::Ready(Ok(written));
        self.count_sent(&written);
        written
    }

    fn poll_send_file(&mut self, _region: &FileRegion) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(0))
    }

    fn poll_shutdown(&mut self, is_cut: bool) -> Poll<io::Result<()>> {
        self.server_ended = true;
        self.was_cut |= is_cut;
        self.news.for_peer = true;
        Poll::Ready(Ok(()))
    }
}

/// One read into the buffer of the connection, and how many bytes are in it then. `None` if nothing
/// has arrived.
pub(crate) fn read_into(
    connection: &mut Connection,
    wire: &mut Wire,
    scratch: &mut [u8],
) -> Option<(io::Result<usize>, usize)> {
    let mut room = connection.input_buffer();
    let most = room.remaining_mut().min(scratch.len());
    let read = wire.server_reads(&mut scratch[..most])?;
    if let Ok(count) = read {
        room.put_slice(&scratch[..count]);
    }
    Some((read, room.get_ref().len()))
}
