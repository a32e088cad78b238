//! A peer that wants as much memory as it can get.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tremolo_tests::TIMEOUT;

use crate::server::Server;

/// A connection.
pub(crate) struct Peer(TcpStream);

impl Peer {
    /// A connection with a receive buffer that does not grow, so that the kernel holds little for it.
    pub(crate) fn connect(server: &Server) -> Self {
        let address: SocketAddr = server.address().parse().unwrap();
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(64 << 10).unwrap();
        socket.set_tcp_nodelay(true).unwrap();
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        socket.connect(&address.into()).unwrap();
        Self(socket.into())
    }

    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        &mut self.0
    }

    /// Sends bytes, as far as the server takes them: it may stop to read.
    pub(crate) fn send(&mut self, mut bytes: &[u8]) {
        self.0.set_write_timeout(Some(Duration::from_millis(20))).unwrap();
        while !bytes.is_empty() {
            match self.0.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    }

    /// Sends all of these bytes.
    pub(crate) fn send_all(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.set_write_timeout(Some(TIMEOUT)).unwrap();
        self.0.write_all(bytes.as_ref()).unwrap();
    }

    /// Sends them in packets of this length.
    pub(crate) fn send_in_packets(&mut self, bytes: &[u8], length: usize) {
        bytes.chunks(length).for_each(|packet| self.send_all(packet));
    }

    /// Reads so many bytes.
    pub(crate) fn read(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Reads until these bytes come.
    pub(crate) fn read_to(&mut self, end: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(end) {
            bytes.extend(self.read(1));
        }
        bytes
    }

    /// Sends a request, and reads the response `Hello World!`.
    pub(crate) fn ask(&mut self, path: &str) {
        self.send_all(get(path));
        self.read_to(b"Hello World!");
    }
}

/// The head of a request.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// The head of a request with a body of this length.
pub(crate) fn post(path: &str, length: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")
}
