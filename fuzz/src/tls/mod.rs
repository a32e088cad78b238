//! TLS sessions with a client of rustls, whose records are changed, repeated, dropped and joined by
//! others on their way: only what the client has sent arrives, in its order, a violation ends the
//! session, and what is kept of a handshake is bounded (RFC 8446 sections 5 and 6).

mod peer;
mod wire;

use std::io::{self, IoSlice};

use tremolo_tls::Session;

use self::peer::{PKI, Peer};
use self::wire::{Wire, records};
use crate::script::Script;

/// `[version][step]*`.
pub fn tls(data: &[u8]) {
    let mut script = Script::new(data);
    let mut conversation = Conversation::new(script.flag());
    while !script.is_empty() && !conversation.is_over {
        conversation.step(&mut script);
    }
    conversation.read(usize::MAX);
    conversation.client.take(&mut conversation.wire);
}

struct Conversation {
    client: Peer,
    session: Session,
    wire: Wire,
    /// What the session has given.
    received: Vec<u8>,
    /// What the session was offered to write, as far as it counts as written.
    written: Vec<u8>,
    /// Whether the server has tried to end the session.
    may_be_closed: bool,
    /// Whether a fault or the end was reported.
    is_over: bool,
}

impl Conversation {
    fn new(is_old: bool) -> Self {
        Self {
            client: Peer::new(is_old),
            session: PKI.context.session().expect("there is memory"),
            wire: Wire::default(),
            received: Vec::new(),
            written: Vec::new(),
            may_be_closed: false,
            is_over: false,
        }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        match script.byte() % 16 {
            // Both sides do what is next.
            0..=3 => self.run(),
            // No zeros: they take the place of what comes behind the end.
            4 => self.client.send(&script.piece().iter().map(|byte| byte | 1).collect::<Vec<_>>()),
            5 => self.client.close(),
            6 => self.client.renew_keys(),
            7 => self.read(script.byte().into()),
            8 => self.write(script.piece()),
            9 => self.wire.room = script.size(),
            10 => self.wire.room = usize::MAX,
            11 => {
                let is_cut = script.flag();
                self.may_be_closed |= !is_cut;
                drop(self.session.shutdown(&mut self.wire, is_cut));
            }
            12 => drop(self.session.flush(&mut self.wire)),
            13 => self.change(script),
            14 => self.add_record(script),
            _ => self.wire.to_server.extend_from_slice(script.piece()),
        }
    }

    fn run(&mut self) {
        self.client.give(&mut self.wire);
        self.read(4_096);
        self.client.take(&mut self.wire);
        self.client.give(&mut self.wire);
        self.check();
    }

    /// Reads as long as there is something to read.
    fn read(&mut self, room: usize) {
        while !self.is_over {
            let mut piece = bytes::BufMut::limit(Vec::new(), room);
            let read = self.session.read(&mut self.wire, &mut piece);
            self.keep(&piece.into_inner());
            match read {
                // Only the client ends a session that has begun.
                Ok(0) if room > 0 => {
                    let has_begun = !self.received.is_empty() || !self.written.is_empty();
                    assert!(self.client.is_closed || !has_begun, "the client has not ended it");
                    self.is_over = true;
                }
                Ok(0) => return,
                Ok(count) => assert!(count <= room),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
                    self.is_over = true;
                    self.check_fault();
                }
            }
        }
        self.check();
    }

    /// What comes behind the end is dropped, and zeros stand for it.
    fn keep(&mut self, bytes: &[u8]) {
        if !self.may_be_closed || bytes.iter().any(|byte| *byte != 0) {
            self.received.extend_from_slice(bytes);
        }
    }

    /// After a fault no more arrives, whatever follows.
    fn check_fault(&mut self) {
        self.client.give(&mut self.wire);
        for _ in 0..4 {
            let mut rest = Vec::new();
            let read = self.session.read(&mut self.wire, &mut rest);
            self.keep(&rest);
            assert!(!matches!(&read, Ok(0)) || self.client.is_closed || !self.client.is_begun());
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        let (left, right) = bytes.split_at(bytes.len() / 2);
        let slices = [IoSlice::new(left), IoSlice::new(right)];
        // What was not reported has to be offered again.
        let offered = [&self.client.unreported[..], bytes].concat();
        let written = if self.client.unreported.is_empty() {
            self.session.write(&mut self.wire, &slices)
        } else {
            self.session.write(&mut self.wire, &[IoSlice::new(&offered)])
        };
        match written {
            Ok(count) => {
                self.written.extend_from_slice(&offered[..count]);
                self.client.unreported = offered[count..].to_vec();
            }
            Err(_) => self.client.unreported = offered,
        }
        self.check();
    }

    /// Changes one record that is on its way to the server.
    fn change(&mut self, script: &mut Script<'_>) {
        self.client.give(&mut self.wire);
        let mut records = records(&self.wire.to_server);
        if records.is_empty() {
            return;
        }
        let at = usize::from(script.byte()) % records.len();
        match script.byte() % 6 {
            0 => drop(records.remove(at)),
            1 => records.insert(at, records[at].clone()),
            2 => records.swap(at, 0),
            3 => records[at].truncate(script.size()),
            4 => records[at].extend_from_slice(script.piece()),
            _ => {
                let (record, place, mask) = (&mut records[at], script.size(), script.byte());
                let place = place % record.len();
                record[place] ^= mask;
            }
        }
        self.wire.to_server = records.concat();
    }

    /// Adds records of any kind, some of them long.
    fn add_record(&mut self, script: &mut Script<'_>) {
        let kind = script.pick(&[20, 21, 22, 23, 24, 0, 255]);
        let (version, fill) = (script.pick(&[3, 1, 2, 4]), script.byte());
        let (begin, more) = (script.piece(), script.size() % MOST);
        let count = script.byte() % 32;
        let content = [begin, &vec![fill; more]].concat();
        let length = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
        let record = [&[kind, 3, version, length[0], length[1]], &content[..]].concat();
        for _ in 0..count {
            self.wire.to_server.extend_from_slice(&record);
        }
    }

    fn check(&self) {
        let (sent, received) = (&self.client.sent, &self.received);
        assert!(sent.starts_with(received), "{} of {}", received.len(), sent.len());
        // What counts as written has left, and the rest may have left too.
        let offered = [&self.written[..], &self.client.unreported].concat();
        assert!(offered.starts_with(&self.client.received));
        let is_begun = self.client.is_begun() || !self.received.is_empty();
        // What comes behind the end is not kept.
        let is_bounded = !is_begun && !self.may_be_closed;
        assert!(!is_bounded || self.wire.taken <= HANDSHAKE, "{} bytes kept", self.wire.taken);
        assert!(self.wire.given <= offered.len() * 30 + UNASKED + self.wire.taken);
    }
}

/// The content of one record at most, and what encryption adds (RFC 8446 section 5.2).
const MOST: usize = (1 << 14) + 300;

/// What a session takes before it has keys: rustls bounds messages of a handshake at 64 KiB.
const HANDSHAKE: usize = 128 << 10;

/// What a session sends without content: the flights of a handshake, tickets, alerts.
const UNASKED: usize = 16 << 10;
