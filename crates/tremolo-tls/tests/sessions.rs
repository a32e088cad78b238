//! Conversations of a client of rustls with a session, over pipes in memory that split and block.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod pki;

use std::io::{self, IoSlice, Read, Write};
use std::sync::Arc;

use proptest::prelude::*;
use rustls::ClientConnection;
use tremolo_core::Config;
use tremolo_tls::{Session, TlsContext};

use pki::{Identity, client_config};

/// Both directions of a socket. It takes and gives as many bytes at once as its next step allows,
/// and every other call would block.
#[derive(Default)]
struct Pipe {
    to_server: Vec<u8>,
    to_client: Vec<u8>,
    has_ended: bool,
    steps: Vec<usize>,
    /// Calls of each direction.
    calls: [usize; 2],
}

impl Pipe {
    fn step(&mut self, direction: usize) -> io::Result<usize> {
        self.calls[direction] += 1;
        match self.steps.get(self.calls[direction] % self.steps.len().max(1)) {
            None => Ok(usize::MAX),
            Some(0) => Err(io::ErrorKind::WouldBlock.into()),
            Some(step) => Ok(*step),
        }
    }
}

impl Read for Pipe {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let most = self.step(0)?.min(room.len()).min(self.to_server.len());
        if most == 0 && !self.has_ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        room[..most].copy_from_slice(&self.to_server[..most]);
        self.to_server.drain(..most);
        Ok(most)
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let most = self.step(1)?.min(bytes.len());
        self.to_client.extend_from_slice(&bytes[..most]);
        Ok(most)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A client and a session, and what each has received.
struct Pair {
    client: ClientConnection,
    session: Session,
    pipe: Pipe,
    received: Vec<u8>,
    answered: Vec<u8>,
}

impl Pair {
    fn new(context: &TlsContext, client: Arc<rustls::ClientConfig>, steps: Vec<usize>) -> Self {
        let client = ClientConnection::new(client, "localhost".try_into().unwrap()).unwrap();
        let pipe = Pipe { steps, ..Pipe::default() };
        let session = context.session().unwrap();
        Self { client, session, pipe, received: Vec::new(), answered: Vec::new() }
    }

    /// What the client has moves to the pipe, and the reverse.
    fn run_client(&mut self) {
        while self.client.wants_write() {
            self.client.write_tls(&mut self.pipe.to_server).unwrap();
        }
        let mut incoming = self.pipe.to_client.as_slice();
        while !incoming.is_empty() && self.client.wants_read() {
            self.client.read_tls(&mut incoming).unwrap();
            self.client.process_new_packets().unwrap();
            let mut room = [0; 4_096];
            while let Ok(count) = self.client.reader().read(&mut room) {
                self.answered.extend_from_slice(&room[..count]);
                if count == 0 {
                    break;
                }
            }
        }
        let left = incoming.len();
        self.pipe.to_client.drain(..self.pipe.to_client.len() - left);
        while self.client.wants_write() {
            self.client.write_tls(&mut self.pipe.to_server).unwrap();
        }
    }

    /// One read of the server.
    fn read(&mut self) -> io::Result<usize> {
        self.session.read(&mut self.pipe, &mut self.received)
    }

    /// Runs both sides until the server has received so much.
    fn receive(&mut self, length: usize) {
        for _ in 0..100_000 {
            self.run_client();
            match self.read() {
                Err(error) => assert!(is_temporary(&error), "{error}"),
                Ok(count) => assert!(count > 0, "no end"),
            }
            if self.received.len() >= length {
                return;
            }
        }
        panic!("only {} of {length}", self.received.len());
    }

    /// Sends all of these bytes, as the queue of the engine does.
    fn send(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let half = bytes.len() / 2;
            let slices = [IoSlice::new(&bytes[..half]), IoSlice::new(&bytes[half..])];
            match self.session.write(&mut self.pipe, &slices) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) => assert!(is_temporary(&error), "{error}"),
            }
            self.run_client();
        }
    }

    fn shutdown(&mut self, is_cut: bool) {
        while let Err(error) = self.session.shutdown(&mut self.pipe, is_cut) {
            assert!(is_temporary(&error), "{error}");
        }
        self.run_client();
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

fn context(identity: &Identity) -> TlsContext {
    let config = Config {
        tls_cert: identity.cert_path(),
        tls_key: identity.key_path(),
        ..Config::default()
    };
    TlsContext::load(&config).unwrap().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// The bytes of a conversation do not depend on what the socket takes and gives at once.
    #[test]
    fn a_conversation_is_the_same_at_every_split(
        steps in prop::collection::vec(prop_oneof![Just(0_usize), Just(1), 50_usize..9_000], 0..8),
        up in 1_usize..20_000,
        down in 1_usize..40_000,
        is_old in any::<bool>(),
    ) {
        prop_assume!(steps.is_empty() || steps.iter().any(|step| *step > 1));
        let identity = Identity::new("localhost");
        let mut pair = Pair::new(&context(&identity), client_config(&identity, is_old), steps);
        let request: Vec<u8> = (0..up).map(|at| (at % 251) as u8).collect();
        let response: Vec<u8> = (0..down).map(|at| (at % 241) as u8).collect();
        pair.client.set_buffer_limit(None);
        pair.client.writer().write_all(&request).unwrap();
        pair.receive(request.len());
        prop_assert_eq!(&pair.received, &request);
        pair.send(&response);
        pair.shutdown(false);
        prop_assert_eq!(&pair.answered, &response);
        // The regular end was reported.
        prop_assert_eq!(pair.client.reader().read(&mut [0]).unwrap(), 0);
    }
}

/// A socket of which every other write is interrupted.
struct Interrupting<'a>(&'a mut Pipe, bool);

impl Read for Interrupting<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.0.read(room)
    }
}

impl Write for Interrupting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 { Err(io::ErrorKind::Interrupted.into()) } else { self.0.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The driver is woken when the socket has room. It had room, so that nothing woke the driver.
#[test]
fn an_interrupted_write_of_a_handshake_is_repeated() {
    let identity = Identity::new("localhost");
    for is_old in [false, true] {
        let mut pair = Pair::new(&context(&identity), client_config(&identity, is_old), Vec::new());
        pair.run_client();
        let mut socket = Interrupting(&mut pair.pipe, false);
        let error = pair.session.read(&mut socket, &mut pair.received).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert!(!pair.session.wants_write() && !pair.pipe.to_client.is_empty());
    }
}

#[test]
fn the_end_of_the_client_is_regular_only_with_close_notify() {
    let identity = Identity::new("localhost");
    let context = context(&identity);
    for is_regular in [true, false] {
        let mut pair = Pair::new(&context, client_config(&identity, false), Vec::new());
        pair.client.writer().write_all(b"a").unwrap();
        pair.receive(1);
        if is_regular {
            pair.client.send_close_notify();
            pair.run_client();
        }
        pair.pipe.has_ended = true;
        match pair.read() {
            Ok(count) => assert_eq!((count, is_regular), (0, true)),
            Err(error) => {
                assert_eq!((error.kind(), is_regular), (io::ErrorKind::UnexpectedEof, false));
            }
        }
    }
}

#[test]
fn a_response_that_is_cut_has_no_regular_end() {
    let identity = Identity::new("localhost");
    let mut pair = Pair::new(&context(&identity), client_config(&identity, false), Vec::new());
    pair.client.writer().write_all(b"a").unwrap();
    pair.receive(1);
    pair.send(b"part of a response");
    pair.shutdown(true);
    assert_eq!(pair.answered, b"part of a response");
    let error = pair.client.reader().read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
}

/// RFC 8446 section 6.1: what comes behind `close_notify` is ignored.
#[test]
fn a_violation_after_the_end_is_ignored() {
    let identity = Identity::new("localhost");
    for is_old in [false, true] {
        let mut pair = Pair::new(&context(&identity), client_config(&identity, is_old), Vec::new());
        pair.client.writer().write_all(b"a").unwrap();
        pair.receive(1);
        pair.shutdown(false);
        pair.pipe.to_server = b"\x17\x03\x03\x00\x14not of this session!".to_vec();
        while !pair.pipe.to_server.is_empty() {
            assert!(pair.read().unwrap() > 0, "the clocks of the engine go on");
        }
        pair.pipe.has_ended = true;
        assert_eq!(pair.read().unwrap(), 0);
        assert_eq!(pair.received[0], b'a');
        assert!(pair.received[1..].iter().all(|byte| *byte == 0));
    }
}

/// A driver that reads as long as there may be more would never sleep.
#[test]
fn nothing_more_is_promised_after_the_end() {
    let identity = Identity::new("localhost");
    let mut pair = Pair::new(&context(&identity), client_config(&identity, false), Vec::new());
    pair.client.writer().write_all(b"abc").unwrap();
    pair.receive(3);
    pair.client.writer().write_all(b"abc").unwrap();
    pair.run_client();
    let mut room = bytes::BufMut::limit(Vec::new(), 1);
    assert_eq!(pair.session.read(&mut pair.pipe, &mut room).unwrap(), 1);
    assert!(pair.session.may_have_more());
    pair.shutdown(false);
    assert_eq!(pair.read().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert!(!pair.session.may_have_more());
}

#[test]
fn bytes_count_as_written_when_the_socket_has_taken_their_records() {
    let identity = Identity::new("localhost");
    let mut pair = Pair::new(&context(&identity), client_config(&identity, false), Vec::new());
    pair.client.writer().write_all(b"a").unwrap();
    pair.receive(1);
    let bytes = vec![7; 40_000];
    // 20 000 bytes leave, then the socket is full.
    (pair.pipe.steps, pair.pipe.calls) = (vec![0, 20_000], [0; 2]);
    let written = pair.session.write(&mut pair.pipe, &[IoSlice::new(&bytes)]).unwrap();
    assert!(written <= 20_000 && written > 16_000, "{written}");
    pair.pipe.steps = vec![0];
    let rest = &bytes[written..];
    let blocked = pair.session.write(&mut pair.pipe, &[IoSlice::new(rest)]).unwrap_err();
    assert_eq!(blocked.kind(), io::ErrorKind::WouldBlock);
    pair.pipe.steps.clear();
    // A rate may offer less than before.
    assert_eq!(pair.session.write(&mut pair.pipe, &[IoSlice::new(&rest[..10])]).unwrap(), 10);
    let rest = &rest[10..];
    let last = pair.session.write(&mut pair.pipe, &[IoSlice::new(rest)]).unwrap();
    assert_eq!(last, rest.len());
    pair.run_client();
    assert_eq!(pair.answered, bytes);
}

#[test]
fn a_file_is_read_in_bounded_pieces() {
    let identity = Identity::new("localhost");
    let mut pair = Pair::new(&context(&identity), client_config(&identity, false), Vec::new());
    pair.client.writer().write_all(b"a").unwrap();
    pair.receive(1);
    let file: Vec<u8> = (0..150_000_u32).map(|at| at as u8).collect();
    let mut sent = 0;
    while sent < file.len() {
        let left = (file.len() - sent) as u64;
        sent += pair
            .session
            .write_from(&mut pair.pipe, left, |at, room| {
                assert!(room.len() <= 16_384);
                let rest = &file[sent + at as usize..];
                let count = rest.len().min(room.len());
                room[..count].copy_from_slice(&rest[..count]);
                Ok(count)
            })
            .unwrap();
    }
    pair.run_client();
    assert_eq!(pair.answered, file);
    let ended = pair.session.write_from(&mut pair.pipe, 9, |_, _| Ok(0)).unwrap();
    assert_eq!(ended, 0, "the file has become shorter");
}

#[test]
fn what_is_not_tls_is_an_error_with_an_alert() {
    let identity = Identity::new("localhost");
    let mut pair = Pair::new(&context(&identity), client_config(&identity, false), Vec::new());
    pair.pipe.to_server = b"\xff\x03\x01\x00\x02\x09\x09".to_vec();
    let error = pair.read().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert_eq!(pair.pipe.to_client.first(), Some(&21), "an alert");
    pair.session = context(&identity).session().unwrap();
    pair.pipe.to_server = b"GET / HTTP/1.1\r\n\r\n".to_vec();
    let error = pair.read().unwrap_err();
    assert!(error.get_ref().unwrap().is::<tremolo_net::NotEncrypted>());
}
