//! A client: the bytes that it has sent, and those that it has read.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::reference::response::parse;

#[derive(Debug)]
pub(super) struct Client {
    stream: UnixStream,
    unsent: Vec<u8>,
    received: Vec<u8>,
    /// The numbers of its requests, and whether the connection closes after each.
    requests: Vec<(u32, bool)>,
    has_ended: bool,
    /// The server has closed.
    pub(super) is_at_end: bool,
}

impl Client {
    pub(super) fn connect(path: &Path) -> Self {
        let stream = UnixStream::connect(path).expect("the server listens");
        stream.set_nonblocking(true).expect("a socket");
        let (unsent, received, requests) = (Vec::new(), Vec::new(), Vec::new());
        Self { stream, unsent, received, requests, has_ended: false, is_at_end: false }
    }

    /// One more request, to be sent.
    pub(super) fn queue(&mut self, number: u32, bytes: &[u8], is_last: bool) {
        if !self.has_ended {
            self.unsent.extend_from_slice(bytes);
            self.requests.push((number, is_last));
        }
    }

    /// Sends up to this many queued bytes, as far as the socket accepts them.
    pub(super) fn send(&mut self, count: usize) -> bool {
        let count = count.min(self.unsent.len());
        match self.stream.write(&self.unsent[..count]) {
            Ok(written) => {
                self.unsent.drain(..written);
                written > 0
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) if error.kind() == ErrorKind::Interrupted => true,
            // The server has closed; its earlier bytes can still be read.
            Err(_) => {
                self.unsent.clear();
                false
            }
        }
    }

    /// Reads up to this many bytes, as far as they are available.
    pub(super) fn receive(&mut self, count: usize) -> bool {
        let before = self.received.len();
        let mut room = [0; 65_536];
        while !self.is_at_end && self.received.len() - before < count {
            let wanted = (count - (self.received.len() - before)).min(room.len());
            match self.stream.read(&mut room[..wanted]) {
                Ok(0) => self.is_at_end = true,
                Ok(read) => self.received.extend_from_slice(&room[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.is_at_end = true,
            }
        }
        self.received.len() > before
    }

    /// Closes its sending side, if nothing is left to send.
    pub(super) fn end(&mut self) {
        if self.unsent.is_empty() && !self.has_ended {
            self.has_ended = true;
            let _ = self.stream.shutdown(Shutdown::Write);
        }
    }

    /// The requests that must reach the host if nothing fails.
    pub(super) fn due(&self) -> impl Iterator<Item = u32> {
        let last = self.requests.iter().position(|(_, is_last)| *is_last);
        let count = last.map_or(self.requests.len(), |last| last + 1);
        self.requests[..count].iter().map(|(number, _)| *number)
    }

    /// The requests that have reached it.
    fn delivered(&self, delivered: &[u32]) -> Vec<u32> {
        let numbers = self.requests.iter().map(|(number, _)| *number);
        numbers.filter(|number| delivered.contains(number)).collect()
    }

    pub(super) fn is_served(&self, delivered: &[u32]) -> bool {
        self.is_at_end || self.due().eq(self.delivered(delivered))
    }

    /// Its responses match its requests: in order, each once.
    pub(super) fn check(
        &self,
        delivered: &[u32],
        responses: &HashMap<u32, Vec<u8>>,
        is_relaxed: bool,
    ) {
        let delivered = self.delivered(delivered);
        let is_prefix = self.due().take(delivered.len()).eq(delivered.iter().copied());
        assert!(is_prefix, "{delivered:?} of {:?}", self.requests);
        assert!(is_relaxed || self.due().count() == delivered.len(), "requests were lost");
        let (mut rest, mut is_over) = (&self.received[..], false);
        for number in delivered {
            let response = parse(rest, false);
            if is_relaxed && response.as_ref().is_none_or(|response| !response.is_complete) {
                return;
            }
            let response = response.unwrap_or_else(|| panic!("no response to {number}"));
            assert!(!is_over, "a response behind the last one");
            assert!(response.is_complete, "half a response to {number}");
            let body = responses.get(&number).expect("a delivered request has a response");
            assert!(response.body == *body, "the response to {number} is another one");
            rest = &rest[response.consumed..];
            is_over = response.is_last;
        }
        if is_relaxed && let Some(fault) = parse(rest, false) {
            assert_eq!(fault.status, 408, "a response without a request");
            return;
        }
        assert!(rest.is_empty(), "{} bytes without a request", rest.len());
    }
}
