//! A blocking HTTP client: sends bytes, reads responses to their end and checks their framing.
//!
//! The loader uses it for transfers, and the runner checks every peer with it before a measurement.
//! It implements only the part of HTTP that shows whether a response is complete.

mod framing;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use framing::{Framing, Step};

/// Large enough to read a large body with few system calls.
const ROOM: usize = 256 * 1024;
const MAX_FIELDS: usize = 64;

/// A connection with a read buffer.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    input: Vec<u8>,
    start: usize,
    end: usize,
    /// The bytes before `input`.
    dropped: usize,
}

impl Client {
    /// Connects; `timeout` applies to every read and write.
    pub fn connect(address: SocketAddr, timeout: Duration) -> io::Result<Self> {
        Self::over(TcpStream::connect(address)?, timeout)
    }

    /// A client on a connection.
    pub fn over(stream: TcpStream, timeout: Duration) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(timeout))?;
        stream.set_write_timeout(Some(timeout))?;
        Ok(Self { stream, input: vec![0; ROOM], start: 0, end: 0, dropped: 0 })
    }

    /// The connection alone, for callers that read no more responses.
    #[must_use]
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Writes all of `bytes`.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads once; returns the number of bytes.
    pub fn read(&mut self) -> io::Result<usize> {
        self.input.copy_within(self.start..self.end, 0);
        self.dropped += self.start;
        (self.start, self.end) = (0, self.end - self.start);
        let read = self.stream.read(&mut self.input[self.end..])?;
        self.end += read;
        Ok(read)
    }

    /// The length of all responses so far.
    #[must_use]
    pub fn consumed(&self) -> usize {
        self.dropped + self.start
    }

    /// Discards the read buffer.
    pub fn forget(&mut self) {
        self.start = self.end;
    }

    /// Reads one response to its end and passes the pieces of its body to `sink`.
    ///
    /// # Errors
    ///
    /// If the status is not 200, or the response is malformed or incomplete.
    pub fn answer(&mut self, mut sink: impl FnMut(&[u8])) -> io::Result<()> {
        let mut framing = self.head()?;
        loop {
            let input = &self.input[self.start..self.end];
            match framing.step(input)? {
                Step::End => return Ok(()),
                Step::Data(len) => {
                    sink(&input[..len]);
                    self.start += len;
                }
                Step::Skip(len) => self.start += len,
                Step::NeedInput => {
                    if self.read()? == 0 {
                        return framing.at_eof();
                    }
                }
            }
        }
    }

    /// Reads one response with a small body; returns the body.
    ///
    /// # Errors
    ///
    /// Those of [`Client::answer`].
    pub fn text(&mut self) -> io::Result<String> {
        let mut body = Vec::new();
        self.answer(|piece| body.extend_from_slice(piece))?;
        String::from_utf8(body).map_err(io::Error::other)
    }

    fn head(&mut self) -> io::Result<Framing> {
        loop {
            let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
            let mut head = httparse::Response::new(&mut fields);
            let input = &self.input[self.start..self.end];
            if let httparse::Status::Complete(len) = head.parse(input).map_err(io::Error::other)? {
                if head.code != Some(200) {
                    return Err(io::Error::other(format!("status {:?}", head.code)));
                }
                let framing = Framing::of(head.headers)?;
                self.start += len;
                return Ok(framing);
            }
            if self.read()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
