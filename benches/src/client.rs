//! A blocking client: sends bytes, reads answers to their end and checks their framing.
//!
//! It knows as much of HTTP as is needed to say that an answer is whole; it is the load of the
//! transfers, and what checks every peer before it is measured.

mod framing;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use framing::{Framing, Step};

/// Room enough that a large body comes in few reads.
const ROOM: usize = 256 * 1024;
const MAX_FIELDS: usize = 64;

/// A connection, and what of it has been read and not yet used.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    input: Vec<u8>,
    start: usize,
    end: usize,
}

impl Client {
    /// Connects, with this much patience for every read and write.
    pub fn connect(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        Ok(Self { stream, input: vec![0; ROOM], start: 0, end: 0 })
    }

    /// The connection alone, where no more answers are read.
    #[must_use]
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Writes all of `bytes`.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads once; returns how many bytes came.
    pub fn read(&mut self) -> io::Result<usize> {
        self.input.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let read = self.stream.read(&mut self.input[self.end..])?;
        self.end += read;
        Ok(read)
    }

    /// Drops what has been read.
    pub fn forget(&mut self) {
        self.start = self.end;
    }

    /// Reads one answer to its end and gives the pieces of its body to `sink`.
    ///
    /// # Errors
    ///
    /// That its status is not 200, or that it is malformed or cut.
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

    /// Reads one answer whose body is small; returns the body.
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
