//! One peer with a connection in memory.

use std::fmt;
use std::future::{Future as _, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};
use tremolo::testing::ClientSocket;
use tremolo_net::FlushTarget as _;

use crate::check;
use crate::logged::Logged;
use crate::message::Work;
use crate::peer::Peer;
use crate::scenario::{LONGEST_WAIT, Limits, Scenario, Script, Step};
use crate::timeline::Timeline;
use crate::tunnel::Tunnel;
use crate::wire::{Left, Wire};

/// A peer, and the two ends that its bytes pass: a wire with the properties of its link, and the
/// connection in memory.
#[derive(Debug)]
pub(super) struct Client {
    peer: Peer,
    wire: Wire,
    socket: Option<ClientSocket>,
    has_connected: bool,
    has_ended: bool,
    is_first: bool,
    /// The instant at which bytes have passed last.
    moved_at: u64,
    /// Bytes of the peer that the connection has not taken.
    sending: Vec<u8>,
    sleep: Option<Pin<Box<Sleep>>>,
    /// What the server has done is noticed then.
    quiet_until: u64,
    latency: u64,
    room: Vec<u8>,
}

type Outcome<T = ()> = Result<T, String>;

impl Client {
    pub(super) fn new(index: usize, script: &Script, scenario: &Scenario) -> Self {
        let mut wire = Wire::new(script.link);
        // In memory a cut looks as an end does. Only a peer that behaves counts on the difference.
        wire.was_cut = !(scenario.is_calm() && script.behaves(&scenario.limits));
        Self {
            peer: Peer::new(index, Tunnel::default()),
            wire,
            socket: None,
            has_connected: false,
            has_ended: false,
            is_first: true,
            moved_at: script.begins,
            sending: Vec::new(),
            sleep: None,
            quiet_until: 0,
            latency: script.link.latency,
            room: vec![0; script.link.most.min(16 << 10)],
        }
    }

    pub(super) fn connect(&mut self, socket: ClientSocket) {
        self.socket = Some(socket);
        self.has_connected = true;
    }

    pub(super) fn has_connected(&self) -> bool {
        self.has_connected
    }

    /// Whether no byte of the server has come, and the peer waits for one.
    pub(super) fn is_waiting(&self) -> bool {
        self.socket.is_some() && self.is_first && !self.peer.expected.is_empty()
    }

    /// Whether no byte of the server has come.
    pub(super) fn is_first(&self) -> bool {
        self.is_first
    }

    /// The instant at which the peer has last done something, or bytes have passed.
    pub(super) fn last_progress(&self) -> u64 {
        self.moved_at.max(self.peer.last_action)
    }

    /// Whether the server has not closed the connection. Only for one on which nothing happens any
    /// more: what a peer that reads nothing has not taken is dropped.
    pub(super) fn is_open(&mut self) -> bool {
        let Some(socket) = self.socket.as_mut().filter(|_| !self.wire.server_ended) else {
            return false;
        };
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            let mut room = ReadBuf::new(&mut self.room);
            let read = poll_fn(|cx| Pin::new(&mut *socket).poll_read(cx, &mut room));
            match pin!(unconstrained(read)).poll(&mut cx) {
                Poll::Pending => return true,
                Poll::Ready(Ok(())) if !room.filled().is_empty() => {}
                Poll::Ready(_) => break,
            }
        }
        self.wire.server_ended = true;
        false
    }

    pub(super) fn complete(&self) -> u64 {
        self.peer.reader.complete() as u64
    }

    /// Runs the peer until it waits. Ready at its end.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        script: &Script,
        start: Instant,
    ) -> Poll<Outcome> {
        let clock = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut next = Some(self.quiet_until);
        while clock >= self.quiet_until {
            match self.peer.advance(script, &mut self.wire, clock) {
                Ok(at) => next = at,
                Err(fault) => return Poll::Ready(Err(fault)),
            }
            let mut has_moved = false;
            while self.exchange(cx) {
                has_moved = true;
            }
            if !has_moved {
                break;
            }
            self.moved_at = clock;
            self.quiet_until = clock + self.latency;
            if self.latency > 0 {
                next = Some(self.quiet_until);
            }
        }
        let is_over = self.peer.saw_end || self.socket.is_none();
        if is_over && next.is_none() {
            return Poll::Ready(Ok(()));
        }
        self.sleep_until(next.map(|at| start + Duration::from_millis(at)), cx);
        Poll::Pending
    }

    fn sleep_until(&mut self, at: Option<Instant>, cx: &mut Context<'_>) {
        let Some(at) = at else { return };
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(at)));
        sleep.as_mut().reset(at);
        if sleep.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }

    /// Moves bytes in both directions. True if there were any.
    fn exchange(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(mut socket) = self.socket.take() else { return false };
        match self.wire.peer_left {
            Some(Left::Reset) => {
                socket.reset();
                return false;
            }
            Some(Left::Closed) if self.sending.is_empty() && self.wire.is_up_empty() => {
                return false;
            }
            _ => {}
        }
        let is_sent = self.send(&mut socket, cx);
        let is_received = self.receive(&mut socket, cx);
        self.socket = Some(socket);
        is_sent || is_received
    }

    fn send(&mut self, socket: &mut ClientSocket, cx: &mut Context<'_>) -> bool {
        if self.has_ended {
            return false;
        }
        if self.sending.is_empty() {
            match self.wire.server_reads(&mut self.room) {
                Some(Ok(0)) => {
                    self.has_ended = Pin::new(socket).poll_shutdown(cx).is_ready();
                    return self.has_ended;
                }
                Some(Ok(count)) => self.sending.extend_from_slice(&self.room[..count]),
                Some(Err(_)) | None => return false,
            }
        }
        match Pin::new(socket).poll_write(cx, &self.sending) {
            Poll::Ready(Ok(count)) => drop(self.sending.drain(..count)),
            // The server reads no more: the bytes are lost.
            Poll::Ready(Err(_)) => self.sending.clear(),
            Poll::Pending => return false,
        }
        true
    }

    fn receive(&mut self, socket: &mut ClientSocket, cx: &mut Context<'_>) -> bool {
        if self.wire.server_ended || self.wire.peer_left.is_some() {
            return false;
        }
        let most = self.room.len().min(self.wire.down_room());
        if most == 0 {
            return false;
        }
        let mut room = ReadBuf::new(&mut self.room[..most]);
        match Pin::new(socket).poll_read(cx, &mut room) {
            Poll::Ready(Ok(())) if !room.filled().is_empty() => {
                self.is_first = false;
                let _: Poll<io::Result<usize>> = self.wire.poll_write(room.filled());
            }
            Poll::Ready(_) => {
                self.is_first = false;
                self.wire.server_ended = true;
            }
            Poll::Pending => return false,
        }
        true
    }

    /// The server has ended: reads what is left.
    pub(super) fn finish(&mut self, script: &Script) -> Outcome {
        let mut cx = Context::from_waker(Waker::noop());
        let mut clock = FAR;
        while self.socket.is_some() && !self.peer.saw_end {
            let before = self.wire.down_room();
            self.peer.advance(script, &mut self.wire, clock)?;
            clock += FAR;
            if !self.exchange(&mut cx) && self.wire.down_room() == before {
                break;
            }
        }
        Ok(())
    }

    /// Judges what was received, and compares it with the lines of the access log.
    pub(super) fn judge(
        &self,
        log: &[Logged],
        timeline: &Timeline<'_>,
        script: &Script,
    ) -> Outcome {
        if !self.has_connected {
            return Ok(());
        }
        check::lines(log, &self.peer)?;
        self.peer.judge(timeline, script)
    }
}

/// How long a connection may be open in milliseconds without any progress that its peer sees. If the
/// peer does not read, the server goes on unseen: with its handlers, and until the connection in
/// memory is full.
pub(super) fn longest_wait(script: &Script, limits: &Limits) -> u64 {
    if !script.steps.contains(&Step::StopReading) {
        return LONGEST_WAIT;
    }
    let works = script.steps.iter().filter_map(Step::request).map(|request| request.work);
    let handlers = works
        .map(|Work { pieces, wait, .. }| LONGEST_WAIT + (u64::from(pieces) + 1) * u64::from(wait));
    let filling = (CAPACITY * 1_000).checked_div(limits.download).unwrap_or(0);
    LONGEST_WAIT + handlers.sum::<u64>() + filling
}

/// The bytes that a connection in memory holds.
const CAPACITY: u64 = 256 << 10;

/// How far it has come.
impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, sending, .. } = self;
        write!(f, "{peer}; {} bytes are not taken by the server", sending.len())
    }
}

/// After everything that a script waits for, in milliseconds.
const FAR: u64 = 1 << 40;
