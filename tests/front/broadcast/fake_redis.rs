//! A Redis that does what the test does: it accepts, reads commands, and sends bytes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use tremolo_tests::TIMEOUT;

pub(super) struct FakeRedis(TcpListener);

impl FakeRedis {
    pub(super) fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub(super) fn url(&self) -> String {
        format!("redis://{}", self.0.local_addr().unwrap())
    }

    /// The next connection.
    pub(super) fn accept(&self) -> Peer {
        let (stream, _) = self.0.accept().unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        Peer(BufReader::new(stream))
    }

    /// The next connection, after its login and its subscription.
    pub(super) fn accept_subscriber(&self) -> Peer {
        let mut peer = self.accept();
        assert_eq!(peer.command(), ["HELLO", "3"]);
        peer.subscribe();
        peer
    }
}

/// A connection, as Redis has it.
pub(super) struct Peer(BufReader<TcpStream>);

impl Peer {
    /// Replies to `HELLO`, which was read, and to the subscription.
    pub(super) fn subscribe(&mut self) {
        self.send("%1\r\n$6\r\nserver\r\n$5\r\nredis\r\n");
        assert_eq!(self.command(), ["SUBSCRIBE", "chat"]);
        self.send(">3\r\n$9\r\nsubscribe\r\n$4\r\nchat\r\n:1\r\n");
    }

    /// The words of the next command; none at the end of the connection.
    pub(super) fn command(&mut self) -> Vec<String> {
        let Some(count) = self.number('*') else { return Vec::new() };
        let word = |_| {
            let length = self.number('$').unwrap();
            let mut word = vec![0; length + 2];
            self.0.read_exact(&mut word).unwrap();
            String::from_utf8(word[..length].to_vec()).unwrap()
        };
        (0..count).map(word).collect()
    }

    fn number(&mut self, kind: char) -> Option<usize> {
        let mut line = String::new();
        // A connection with unread input ends with a reset.
        let read = self.0.read_line(&mut line).unwrap_or_default();
        let number = line.trim_end().strip_prefix(kind);
        (read > 0).then(|| number.unwrap().parse().unwrap())
    }

    /// Reads the command that publishes a message.
    pub(super) fn published(&mut self) -> String {
        let command = self.command();
        assert_eq!(command[..2], ["PUBLISH", "chat"]);
        command[2].clone()
    }

    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.get_mut().write_all(bytes.as_ref()).unwrap();
    }

    /// Sends a message of the channel.
    pub(super) fn message(&mut self, text: &str) {
        self.send(format!(">3\r\n$7\r\nmessage\r\n$4\r\nchat\r\n${}\r\n{text}\r\n", text.len()));
    }
}
