//! A raw client for tests: sends given bytes, and returns received bytes.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use socket2::{SockRef, Socket};

use crate::TIMEOUT;
use crate::message::Message;
use crate::received::{Response, read_response};

/// A connection to a server. All methods panic on errors.
#[derive(Debug)]
pub struct Client {
    socket: Socket,
    /// Bytes that were received, but not yet returned.
    pub(crate) buffered: Vec<u8>,
    timeout: Duration,
}

impl Client {
    /// Connects to `http://host:port`, `host:port`, or the path of a Unix socket.
    ///
    /// # Panics
    ///
    /// If the connection fails.
    #[must_use]
    pub fn connect(address: &str) -> Self {
        Self::try_connect(address).unwrap_or_else(|error| panic!("connect to {address}: {error}"))
    }

    /// Connects like [`connect`](Self::connect), but returns errors.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn try_connect(address: &str) -> io::Result<Self> {
        let address = address.strip_prefix("http://").unwrap_or(address);
        let socket = if address.contains('/') {
            Socket::from(UnixStream::connect(address)?)
        } else {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            Socket::from(stream)
        };
        socket.set_write_timeout(Some(TIMEOUT))?;
        Ok(Self { socket, buffered: Vec::new(), timeout: TIMEOUT })
    }

    /// Sets the read timeout; the default is [`TIMEOUT`].
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sends bytes.
    ///
    /// # Panics
    ///
    /// If the bytes cannot be sent.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).expect("the server reads");
    }

    /// Sends bytes like [`send`](Self::send), but returns errors.
    ///
    /// # Errors
    ///
    /// The error of the system.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.socket.write_all(bytes.as_ref())
    }

    /// Sends until all bytes are sent, or the server has read nothing for `silence`. Returns the
    /// number of bytes sent.
    ///
    /// # Panics
    ///
    /// If the connection fails.
    pub fn send_until_stopped(&mut self, mut bytes: &[u8], silence: Duration) -> usize {
        let all = bytes.len();
        self.socket.set_write_timeout(Some(silence)).expect("a socket takes the option");
        while !bytes.is_empty() {
            match uninterrupted(|| self.socket.write(bytes)) {
                Ok(sent) => bytes = &bytes[sent..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error} after {} bytes", all - bytes.len()),
            }
        }
        self.socket.set_write_timeout(Some(TIMEOUT)).expect("a socket takes the option");
        all - bytes.len()
    }

    /// Sends `GET path HTTP/1.1` with a `Host`.
    pub fn get(&mut self, path: &str) {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n"));
    }

    /// Closes the sending half.
    ///
    /// # Panics
    ///
    /// If the system call fails.
    pub fn half_close(&mut self) {
        self.socket.shutdown(Shutdown::Write).expect("the connection is open");
    }

    /// Closes with a reset, as a process does that is killed with unread data.
    ///
    /// # Panics
    ///
    /// If the system call fails.
    pub fn reset(self) {
        let linger = SockRef::from(&self.socket).set_linger(Some(Duration::ZERO));
        linger.expect("a TCP socket takes the option");
    }

    /// Reads until `count` bytes are buffered, or the connection ends. Returns whether they are.
    ///
    /// # Errors
    ///
    /// A reset, or a timeout.
    pub fn fill(&mut self, count: usize) -> io::Result<bool> {
        let deadline = Instant::now() + self.timeout;
        let mut piece = [0; 16_384];
        while self.buffered.len() < count {
            let left = deadline.saturating_duration_since(Instant::now());
            self.socket.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
            match uninterrupted(|| self.socket.read(&mut piece))? {
                0 => return Ok(false),
                got => self.buffered.extend_from_slice(&piece[..got]),
            }
        }
        Ok(true)
    }

    /// Whether no bytes were received that are not yet returned.
    ///
    /// # Panics
    ///
    /// If the system call fails.
    #[must_use]
    pub fn has_received_nothing(&self) -> bool {
        self.socket.set_nonblocking(true).expect("a socket takes the option");
        let mut first = [std::mem::MaybeUninit::uninit()];
        let peeked = uninterrupted(|| self.socket.peek(&mut first));
        self.socket.set_nonblocking(false).expect("a socket takes the option");
        let waits = peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        waits && self.buffered.is_empty()
    }

    /// Returns exactly the next `count` bytes, or fewer if the connection ends before.
    ///
    /// # Panics
    ///
    /// If the connection is reset or the read times out; the message shows the received bytes.
    pub fn read_exactly(&mut self, count: usize) -> Vec<u8> {
        if let Err(error) = self.fill(count) {
            panic!("{error} after {:?}", crate::escape(&self.buffered));
        }
        let rest = self.buffered.split_off(count.min(self.buffered.len()));
        std::mem::replace(&mut self.buffered, rest)
    }

    /// Returns all bytes until the server closes the connection without a reset.
    ///
    /// # Panics
    ///
    /// If the connection is reset or the read times out; the message shows the received bytes.
    pub fn read_to_end(&mut self) -> Vec<u8> {
        self.read_exactly(usize::MAX)
    }

    /// Returns all bytes until the connection ends, with or without a reset.
    ///
    /// # Panics
    ///
    /// If the read times out.
    pub fn read_until_cut(&mut self) -> Vec<u8> {
        match self.fill(usize::MAX) {
            Err(error) if error.kind() != io::ErrorKind::ConnectionReset => panic!("{error}"),
            _ => std::mem::take(&mut self.buffered),
        }
    }

    /// Reads one complete response to a GET request.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn read_response(&mut self) -> Response {
        read_response(self)
    }

    /// Sends a request for `path`; returns the response.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn ask(&mut self, path: &str) -> Response {
        self.get(path);
        self.read_response()
    }

    /// Sends a message; returns the response.
    ///
    /// # Panics
    ///
    /// If the message cannot be sent, or there is no response.
    pub fn exchange(&mut self, message: &Message) -> Response {
        self.send(message.bytes());
        self.read_response()
    }
}

/// Repeats a system call that a signal interrupts. A call on a socket with a timeout fails then,
/// also if the handler of the signal was installed with `SA_RESTART` (signal(7)).
fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_does_not_fail_a_call() {
        let mut results = [Err(io::ErrorKind::Interrupted.into()), Ok(7)].into_iter();
        assert_eq!(uninterrupted(|| results.next().unwrap()).unwrap(), 7);
        let fails = uninterrupted(|| Err::<(), _>(io::ErrorKind::WouldBlock.into()));
        assert_eq!(fails.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
