//! The client's half of WebSocket (RFC 6455 and 7692): for the checks of the peers, and for the load.
//!
//! It implements only the part that a correct server needs: the handshake, whole messages in one
//! frame, and permessage-deflate without context takeover. A reply that is wrong is an error.

pub mod check;
mod frame;
mod handshake;
pub mod load;
mod message;
pub mod soak;

mod sockets;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

pub use frame::Opcode;
pub use message::text;

/// The path of the socket that echoes.
pub const ECHO: &str = "/ws";

/// The path of the socket whose messages go to all sockets on this path, the sender's included.
pub const ROOM: &str = "/room";

/// The message to a socket, or the event to a stream, that has joined the room.
pub const GREETING: &str = "joined";

/// The path of the socket whose messages go to all on this path and on [`EVENTS`]. A client that
/// does not read misses messages; the others do not wait for it.
pub const FEED: &str = "/feed";

/// The path of the event stream of the messages of [`FEED`].
pub const EVENTS: &str = "/events";

/// A connection after the handshake; blocking, for checks.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    input: Vec<u8>,
    deflates: bool,
}

/// A message from the server.
#[derive(Debug)]
pub struct Received {
    /// Text or binary.
    pub opcode: Opcode,
    /// The payload, inflated.
    pub payload: Vec<u8>,
    /// The frames as they came, with their heads.
    pub raw: Vec<u8>,
}

impl Client {
    /// Connects and makes the handshake; `deflates` offers permessage-deflate without context
    /// takeover in either direction.
    ///
    /// # Errors
    ///
    /// If the connection fails, if the server refuses the handshake or does not accept the offer.
    pub fn connect(address: SocketAddr, path: &str, deflates: bool) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        Self::over(stream, path, deflates)
    }

    /// Makes the handshake on a connection.
    ///
    /// # Errors
    ///
    /// Those of [`Client::connect`].
    pub fn over(mut stream: TcpStream, path: &str, deflates: bool) -> io::Result<Self> {
        prepare(&stream)?;
        stream.write_all(handshake::request(stream.peer_addr()?, path, deflates).as_bytes())?;
        let mut client = Self { stream, input: Vec::new(), deflates };
        loop {
            if let Some(len) = handshake::response(&client.input, deflates)? {
                client.input.drain(..len);
                return Ok(client);
            }
            client.read()?;
        }
    }

    /// The bytes of a message in one frame, compressed if that was negotiated.
    #[must_use]
    pub fn frame(&self, opcode: Opcode, payload: &[u8]) -> Vec<u8> {
        if self.deflates {
            frame::masked(opcode, true, &message::deflated(payload))
        } else {
            frame::masked(opcode, false, payload)
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// If the write fails.
    pub fn send(&mut self, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
        let frame = self.frame(opcode, payload);
        self.stream.write_all(&frame)
    }

    /// Receives a message.
    ///
    /// # Errors
    ///
    /// If the read fails or times out, if a frame is malformed, or no part of a message.
    pub fn receive(&mut self) -> io::Result<Received> {
        let (mut at, mut first, mut payload) = (0, None, Vec::new());
        loop {
            let Some(head) = frame::Head::parse(&self.input[at..])? else {
                self.read()?;
                continue;
            };
            let start = at + head.len;
            while self.input.len() < start + head.payload {
                self.read()?;
            }
            at = start + head.payload;
            payload.extend_from_slice(&self.input[start..at]);
            let (opcode, is_deflated) = *first.get_or_insert((head.opcode, head.is_deflated));
            if head.is_final {
                let payload = if is_deflated { message::inflated(&payload)? } else { payload };
                return Ok(Received { opcode, payload, raw: self.input.drain(..at).collect() });
            }
        }
    }

    /// Waits until the server has added this socket to the room.
    ///
    /// # Errors
    ///
    /// If another message comes.
    pub fn join(&mut self) -> io::Result<()> {
        let greeting = self.receive()?;
        if greeting.payload == GREETING.as_bytes() {
            Ok(())
        } else {
            Err(io::Error::other("the first message of the room is no greeting"))
        }
    }

    /// The connection alone.
    ///
    /// # Errors
    ///
    /// If bytes were received that no caller has taken.
    pub fn into_stream(self) -> io::Result<TcpStream> {
        if self.input.is_empty() {
            Ok(self.stream)
        } else {
            Err(io::Error::other("the server sent more than it was asked for"))
        }
    }

    fn read(&mut self) -> io::Result<()> {
        let len = self.input.len();
        self.input.resize(len + READ_SIZE, 0);
        let read = self.stream.read(&mut self.input[len..]);
        self.input.truncate(len + *read.as_ref().unwrap_or(&0));
        if read? == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

/// Connects from another address of the loopback network for each thousand of `number`: one
/// address has too few ports for the connections of several runs.
///
/// # Errors
///
/// If the connection fails.
pub(crate) fn connect_from(
    number: usize,
    address: SocketAddr,
    is_slow: bool,
) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let source = SocketAddr::from(([127, 0, 1, (1 + number / 1_000) as u8], 0));
    socket.bind(&source.into())?;
    if is_slow {
        // The server's send buffer grows with the size of a segment.
        socket.set_tcp_mss(536)?;
        socket.set_recv_buffer_size(SLOW_BUFFER)?;
    }
    socket.connect(&address.into())?;
    Ok(socket.into())
}

fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))
}

/// For each read and write.
const TIMEOUT: Duration = Duration::from_secs(10);

const READ_SIZE: usize = 64 << 10;

/// The receive buffer of a client that does not read.
const SLOW_BUFFER: usize = 4 << 10;
