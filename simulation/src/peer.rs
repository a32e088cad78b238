//! A peer: it follows its script, and judges what it receives.

use std::fmt;

use tremolo_core::CloseReason;

use crate::frame::Frame;
use crate::logged::Logged;
use crate::message::{Key, Kind, Message};
use crate::response::{Expected, Reader, events_of, fault_status, is_socket};
use crate::scenario::{Pace, Scenario, Script, Step};
use crate::socket::Socket;
use crate::timeline::Timeline;
use crate::tunnel::{JUNK, Tunnel};
use crate::wire::{Left, Wire};

/// One peer with its connection.
#[derive(Debug)]
pub(crate) struct Peer {
    index: usize,
    pub(crate) tunnel: Tunnel,
    /// The step that is next.
    step: usize,
    outbox: Vec<u8>,
    sent: usize,
    pace: Pace,
    reads: Pace,
    is_reading: bool,
    sends_at: u64,
    reads_at: u64,
    /// What is sent only answers pings.
    is_reply: bool,
    /// How often bytes were sent, from the last request on.
    sends: u64,
    /// A part of a frame was sent, and the rest never is.
    is_torn: bool,
    /// The end of the pause that it makes.
    paused_until: Option<u64>,
    pub(crate) expected: Vec<Expected>,
    pub(crate) reader: Reader,
    /// It has read the end of what the server has sent.
    pub(crate) saw_end: bool,
    /// The instant at which it last did something.
    pub(crate) last_action: u64,
    /// When it is woken, if nothing happens before.
    pub(crate) wakes_at: Option<u64>,
    /// The access log of its connection, after the end.
    pub(crate) logged: Option<Vec<Logged>>,
    /// Why its connection has ended.
    pub(crate) closed: Option<CloseReason>,
}

impl Peer {
    pub(crate) fn new(index: usize, tunnel: Tunnel) -> Self {
        Self {
            index,
            tunnel,
            step: 0,
            outbox: Vec::new(),
            sent: 0,
            pace: Pace::AT_ONCE,
            reads: Pace::AT_ONCE,
            is_reading: true,
            sends_at: 0,
            reads_at: 0,
            is_reply: false,
            sends: 0,
            is_torn: false,
            paused_until: None,
            expected: Vec::new(),
            reader: Reader::new(),
            saw_end: false,
            last_action: 0,
            wakes_at: None,
            logged: None,
            closed: None,
        }
    }

    /// Reads and sends what it can. Returns when it has to go on, if time alone decides.
    pub(crate) fn advance(
        &mut self,
        script: &Script,
        wire: &mut Wire,
        clock: u64,
    ) -> Result<Option<u64>, String> {
        let read_again = self.read(wire, clock)?;
        self.tunnel.flush(wire);
        let mut send_again = None;
        while wire.peer_left.is_none() {
            if self.sent < self.outbox.len() {
                if clock < self.sends_at {
                    send_again = Some(self.sends_at);
                    break;
                }
                let rest = &self.outbox[self.sent..];
                let piece = if self.pace.piece == 0 { rest.len() } else { self.pace.piece };
                let piece = &rest[..piece.min(rest.len())];
                let count = self.tunnel.send(wire, piece);
                self.sent += count;
                if count == 0 {
                    // The server has to read first.
                    break;
                }
                self.sends += 1;
                if !self.is_reply {
                    self.has_progress(wire);
                }
                self.last_action = clock;
                self.sends_at = clock + self.pace.every;
                continue;
            }
            if self.take_replies(script, wire) {
                continue;
            }
            let Some(step) = script.steps.get(self.step) else { break };
            if !self.begin(*step, wire, clock) {
                send_again = self.paused_until;
                break;
            }
            self.step += 1;
            self.has_progress(wire);
        }
        Ok(match (read_again, send_again) {
            (Some(read), Some(send)) => Some(read.min(send)),
            (read, send) => read.or(send),
        })
    }

    /// Answers pings and close frames, and closes the WebSocket after the end of the script. True if
    /// there is something to send.
    fn take_replies(&mut self, script: &Script, wire: &Wire) -> bool {
        let is_over = self.step >= script.steps.len();
        let can_send = !self.is_torn && !wire.peer_ended;
        let Some(socket) = self.reader.socket.as_mut().filter(|_| can_send) else { return false };
        let mut replies = std::mem::take(&mut socket.replies);
        if is_over && socket.is_settled() {
            socket.send(Frame::Close(1_000), &mut replies);
        }
        if replies.is_empty() {
            return false;
        }
        (self.outbox, self.sent, self.pace, self.is_reply) = (replies, 0, Pace::AT_ONCE, true);
        true
    }

    /// Its script goes on: more pings may follow.
    fn has_progress(&mut self, wire: &Wire) {
        if let Some(socket) = &mut self.reader.socket {
            socket.in_flight = wire.down_len() + self.reader.input.len();
            socket.has_progress();
        }
    }

    /// After a ping the server waits for bytes of the peer before the next one.
    fn judge_pings(&self) -> Result<(), String> {
        match &self.reader.socket {
            // TLS sends what was written before in pieces.
            Some(socket) if socket.pinged > 1 + self.sends && !self.tunnel.is_encrypted() => {
                Err(format!("{} pings after {} pieces", socket.pinged, self.sends))
            }
            _ => Ok(()),
        }
    }

    /// Whether the response to a handshake is missing, so that no frame can be sent.
    fn waits_for_socket(&self) -> bool {
        let is_asked = self.expected.last().is_some_and(|last| last.is_whole && is_socket(last));
        is_asked && self.reader.seen.len() < self.expected.len() && !self.saw_end
    }

    /// Begins a step. False if it is not over.
    fn begin(&mut self, step: Step, wire: &mut Wire, clock: u64) -> bool {
        match step {
            // Nothing can be sent after the end.
            Step::Send(..) | Step::SendPart(..) | Step::SendAhead(..) if wire.peer_ended => {}
            Step::Send(Message::Frame(_), _) | Step::SendPart(Message::Frame(_), _)
                if self.waits_for_socket() =>
            {
                return false;
            }
            Step::Send(message, pace) => self.send(message, usize::MAX, pace, clock),
            Step::SendPart(message, most) => self.send(message, most, Pace::AT_ONCE, clock),
            Step::SendAhead(frame, pace) => self.send_ahead(frame, pace, clock),
            Step::Await if self.reader.socket.is_some() => {
                let is_settled = self.reader.socket.as_ref().is_some_and(Socket::is_settled);
                return is_settled || self.is_torn || self.saw_end;
            }
            Step::Await => {
                let whole = self.expected.iter().take_while(|expected| expected.is_whole);
                return self.reader.complete() >= whole.count() || self.saw_end;
            }
            Step::Pause(time) => match self.paused_until {
                Some(until) if clock >= until => self.paused_until = None,
                Some(_) => return false,
                None => {
                    self.paused_until = Some(clock + time);
                    return false;
                }
            },
            Step::Read(pace) => self.reads = pace,
            Step::StopReading => self.is_reading = false,
            Step::HalfClose => {
                self.tunnel.close(wire);
                // Records that have no room yet.
                if !self.tunnel.flush(wire) {
                    return false;
                }
                wire.peer_ends();
            }
            Step::Notify => self.tunnel.close(wire),
            Step::Truncate => wire.peer_ends(),
            Step::Junk(index) => self.tunnel.send_junk(wire, JUNK[index]),
            Step::Reset => wire.peer_leaves(Left::Reset),
            Step::Close => wire.peer_leaves(Left::Closed),
        }
        if !matches!(step, Step::Pause(_)) {
            self.last_action = clock;
        }
        true
    }

    /// Sends a message, unless a part of another one would come before it. Behind a handshake only
    /// frames follow.
    fn send(&mut self, message: Message, most: usize, pace: Pace, clock: u64) {
        if let Message::Frame(frame) = message {
            let Some(socket) = self.reader.socket.as_mut().filter(|_| !self.is_torn) else {
                return;
            };
            self.outbox.clear();
            socket.send(frame, &mut self.outbox);
            self.is_torn = most < self.outbox.len();
            self.outbox.truncate(most);
            (self.sent, self.pace, self.is_reply) = (0, pace, false);
            return;
        }
        if self.expected.last().is_some_and(|last| !last.is_whole || is_socket(last)) {
            return;
        }
        let number = u32::try_from(self.expected.len()).unwrap_or(u32::MAX);
        let key = Key { peer: u32::try_from(self.index).unwrap_or(u32::MAX), number };
        self.outbox.clear();
        message.write_to(&mut self.outbox, key);
        let is_whole = most >= self.outbox.len();
        self.outbox.truncate(most);
        self.expected.push(Expected { key, message, is_whole, at: clock });
        (self.sent, self.pace, self.is_reply, self.sends) = (0, pace, false, 0);
    }

    /// Sends a frame, also if the response to the handshake is missing.
    fn send_ahead(&mut self, frame: Frame, pace: Pace, clock: u64) {
        if !self.waits_for_socket() {
            return self.send(Message::Frame(frame), usize::MAX, pace, clock);
        }
        let Some(Expected { key, message: Message::Request(request), .. }) = self.expected.last()
        else {
            return;
        };
        let early = &mut self.reader.early;
        let socket = early.get_or_insert_with(|| Socket::new(*key, request.work));
        self.outbox.clear();
        socket.send(frame, &mut self.outbox);
        (self.sent, self.pace, self.is_reply) = (0, pace, false);
    }

    fn read(&mut self, wire: &mut Wire, clock: u64) -> Result<Option<u64>, String> {
        if !self.is_reading || wire.peer_left.is_some() || self.saw_end {
            return Ok(None);
        }
        if clock < self.reads_at {
            return Ok(Some(self.reads_at));
        }
        let most = if self.reads.piece == 0 { usize::MAX } else { self.reads.piece };
        if self.tunnel.receive(wire, most, &mut self.reader.input)? {
            self.last_action = clock;
            self.reads_at = clock + self.reads.every;
        }
        (self.reader.clock, self.reader.in_flight) = (clock, wire.down_len());
        self.reader.advance(&self.expected)?;
        self.judge_pings()?;
        if wire.is_at_end() {
            self.saw_end = true;
            let is_regular = self.is_regular(wire)?;
            self.reader.end(&self.expected, is_regular)?;
        }
        let goes_on = self.reads.every > 0 && self.reads_at > clock;
        Ok(goes_on.then_some(self.reads_at))
    }

    /// Whether the server has ended the connection regularly. TLS shows that (RFC 8446 section 6.1);
    /// without it the wire does.
    fn is_regular(&self, wire: &Wire) -> Result<bool, String> {
        if !self.tunnel.is_encrypted() {
            return Ok(wire.ended_regularly());
        }
        let was_notified = self.tunnel.was_notified;
        if was_notified && wire.was_cut {
            return Err("close_notify after an output that is cut".to_owned());
        }
        Ok(was_notified && !wire.was_reset)
    }

    /// Judges all responses, after the end of the connection.
    pub(crate) fn judge(&self, timeline: &Timeline<'_>, script: &Script) -> Result<(), String> {
        let scenario = timeline.scenario;
        for (seen, expected) in self.reader.seen.iter().zip(&self.expected) {
            if !is_allowed(seen.status, expected, scenario, script) {
                return Err(format!("the response to {expected:?} has status {}", seen.status));
            }
            if let Some(date) = seen.date
                && !timeline.was_date(date, expected.at, seen.at)
            {
                return Err(format!("the response to {expected:?} has another date: {seen:?}"));
            }
            let missing = events_of(expected).filter(|request| seen.events < request.work.pieces);
            if seen.status == 200
                && seen.is_complete
                && scenario.drain_at.is_none()
                && let Some(request) = missing.filter(|request| !request.is_head)
            {
                return Err(format!("only {} events of {request:?}", seen.events));
            }
        }
        let behaves = scenario.is_calm() && script.behaves(&scenario.limits);
        if let Some(socket) = &self.reader.socket {
            // The handler of the simulated server waits for room before it takes a message.
            let mark = timeline.is_front().then_some(scenario.limits.buffer * 4);
            socket.judge(behaves, scenario.drain_at.is_some(), mark)?;
        }
        if behaves { self.judge_behaved(scenario, script) } else { Ok(()) }
    }

    fn judge_behaved(&self, scenario: &Scenario, script: &Script) -> Result<(), String> {
        for (number, expected) in self.expected.iter().enumerate() {
            let status = if is_socket(expected) { 101 } else { 200 };
            match self.reader.seen.get(number) {
                Some(seen) if seen.status == status && (seen.is_complete || status == 101) => {}
                seen => {
                    let closed = self.closed;
                    return Err(format!(
                        "the peer behaves, and {expected:?} gets {seen:?}: {closed:?}"
                    ));
                }
            }
            let Message::Request(request) = expected.message else { continue };
            if request.may_close(&scenario.limits) {
                return Ok(());
            }
        }
        if self.step < script.steps.len() {
            return Err(format!("the peer behaves, and its step {} is not over", self.step));
        }
        Ok(())
    }
}

/// How far it has come.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sent, complete) = (self.expected.len(), self.reader.complete());
        let left = self.outbox.len() - self.sent;
        write!(f, "before step {}, {complete} of {sent} responses, {left} bytes to send", self.step)
    }
}

fn is_allowed(status: u16, expected: &Expected, scenario: &Scenario, script: &Script) -> bool {
    // The deadlines of what was being sent may pass while the process or its clock stands still.
    let stands = scenario.pause.is_some() || scenario.freeze.is_some();
    let is_slow = script.is_slow() || stands || script.link.latency > 50;
    if let Some(fault) = fault_status(expected.message) {
        return status == fault
            || (!expected.is_whole && status == 408)
            || status == 408 && is_slow;
    }
    let Message::Request(request) = expected.message else { return false };
    match status {
        101 => is_socket(expected),
        200 => !is_socket(expected),
        400 => !expected.is_whole && script.closes(),
        408 => is_slow,
        413 => request.body.length() > scenario.limits.body,
        500 => {
            matches!(request.work.kind, Kind::Fail | Kind::Never)
                || request.work.wait > 6_000
                // Empty pieces are no progress.
                || (request.work.bytes == 0 && request.work.wait * request.work.pieces > 6_000)
                || scenario.limits.request > 0
                || scenario.drain_at.is_some()
                || stands
        }
        503 => scenario.limits.concurrency > 0,
        _ => false,
    }
}
