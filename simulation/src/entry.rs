//! One connection of the server: the engine, driven as both fronts do it, with the shared parts of
//! `tremolo-net`.

use tremolo_core::{BufferPool, CloseReason, Connection, Event, Now, PeerError};
use tremolo_net::{Counters, DeadlineTimer, Flushed, Place, flush, handle_read};
use tremolo_tls::Session;

use crate::Sabotage;
use crate::handler::{Handler, Step, fail};
use crate::logged::Logged;
use crate::message::{Key, Work};
use crate::secured::Secured;
use crate::timeline::Timeline;
use crate::waits::Waits;
use crate::wire::{Wire, read_into};

/// The parts of the server that one turn of a connection uses.
pub(crate) struct Turn<'a> {
    pub(crate) now: Now,
    /// Milliseconds since the start.
    pub(crate) clock: u64,
    pub(crate) timeline: &'a Timeline<'a>,
    pub(crate) pool: &'a mut BufferPool,
    pub(crate) counters: &'a Counters,
    pub(crate) scratch: &'a mut [u8],
    pub(crate) sabotage: Sabotage,
}

/// A connection that was accepted.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) connection: Connection,
    timer: DeadlineTimer,
    timer_expired: bool,
    /// Milliseconds at which a timer was requested.
    pub(crate) armed: Option<u64>,
    pub(crate) handler: Option<Handler>,
    _place: Place,
    /// The exchanges that have begun; `None`: a request that was refused.
    pub(crate) begun: Vec<Option<Key>>,
    pub(crate) logged: Vec<Logged>,
    /// The peer has violated the protocol: nothing more may be served.
    faulted: Option<PeerError>,
    /// The instant of the last read, write or step of a handler.
    pub(crate) last_progress: u64,
    /// The longest time between two of them.
    pub(crate) longest_wait: u64,
    pub(crate) is_queued: bool,
    /// The last request opens a WebSocket.
    is_socket: bool,
    /// The TLS session, if there is one.
    session: Option<Session>,
    /// The millisecond at which the handler is woken, if it waits for time.
    pub(crate) handler_at: Option<u64>,
    /// Whether handlers are woken; false only if that is sabotaged.
    pub(crate) wakes: bool,
}

/// What the server does with the connection after a turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Next {
    /// It has more to do now.
    pub(crate) again: bool,
    /// It has to be woken at this millisecond.
    pub(crate) timer: Option<u64>,
    pub(crate) handler: Option<u64>,
    pub(crate) is_over: bool,
}

impl Entry {
    pub(crate) fn new(
        connection: Connection,
        session: Option<Session>,
        place: Place,
        clock: u64,
    ) -> Self {
        Self {
            connection,
            timer: DeadlineTimer::default(),
            timer_expired: false,
            armed: None,
            handler: None,
            _place: place,
            begun: Vec::new(),
            logged: Vec::new(),
            faulted: None,
            last_progress: clock,
            longest_wait: 0,
            is_queued: false,
            is_socket: false,
            session,
            handler_at: None,
            wakes: true,
        }
    }

    /// One turn. `at`: milliseconds of an instant of the engine.
    pub(crate) fn serve(
        &mut self,
        turn: &mut Turn<'_>,
        wire: &mut Wire,
        at: impl Fn(std::time::Instant) -> u64,
    ) -> Result<Next, String> {
        let now = turn.now;
        if self.connection.turn_mut().begin(&tremolo_core::Bounds::CONNECTION) {
            self.wake(&[Waits::Input, Waits::Room]);
        }
        self.handler_at = self.handler_at.filter(|at| *at > turn.clock);
        if self.timer.has_fired(&now) {
            self.timer_expired = true;
            self.armed = None;
        }
        // No time passes in a turn, which would end it. About each second call is interrupted at most.
        for _ in 0..MOST_STEPS + 4 * wire.calls() {
            self.events(turn)?;
            let flushed = self.flush(wire, &now);
            if flushed.progress {
                self.has_progress(turn);
                self.wake(&[Waits::Room]);
            }
            self.log(turn);
            let mut again = false;
            if self.connection.peek().is_closed() {
                self.close(wire);
                let woken = self.wake(&[Waits::Input, Waits::Room]);
                again |= woken || self.connection.peek().is_cancelled();
            }
            let is_over = self.connection.peek().turn().is_over();
            let has_read = !is_over && self.read(turn, wire)?;
            again |= has_read;
            again |= flushed.progress && (self.is_runnable() || !self.connection.peek().is_idle());
            again &= !is_over;
            if again {
                continue;
            }
            let is_unread = self.has_unread(wire);
            if self.timer_expired && !is_unread {
                self.timer_expired = false;
                if turn.sabotage != Sabotage::ForgetDeadlines {
                    self.connection.handle_timeout(&now);
                }
                self.wake(&[Waits::Input]);
                continue;
            }
            turn.counters.turn_ended(&mut self.connection, now.instant, || now.instant);
            turn.pool.reclaim(&mut self.connection);
            let mut next = Next {
                again: is_unread
                    || flushed.is_unfinished
                    || self.timer_expired
                    || self.connection.peek().turn().is_over(),
                ..Next::default()
            };
            if turn.sabotage != Sabotage::ForgetTimers
                && let Some(armed) = self.timer.arm(&mut self.connection)
            {
                self.armed = Some(at(armed));
                next.timer = self.armed;
            }
            if let Some(Handler { waits: Waits::Until(at), .. }) = self.handler {
                next.handler = (self.handler_at != Some(at)).then_some(at);
                self.handler_at = Some(at);
            }
            let is_drained = self.connection.peek().is_drained();
            next.is_over = is_drained && self.handler.is_none();
            return Ok(next);
        }
        Err(format!("a turn without end: {self:?}"))
    }

    fn flush(&mut self, wire: &mut Wire, now: &Now) -> Flushed {
        match &mut self.session {
            Some(session) => {
                let mut secured = Secured::new(session, wire);
                secured.flush_handshake();
                flush(&mut self.connection, &mut secured, now)
            }
            None => flush(&mut self.connection, wire, now),
        }
    }

    fn close(&mut self, wire: &mut Wire) {
        let is_cut = self.connection.peek().is_cut();
        if let Some(session) = &mut self.session {
            Secured::new(session, wire).close(is_cut);
        }
        wire.server_closes(is_cut);
    }

    /// Whether the handler can go on now.
    fn is_runnable(&self) -> bool {
        self.handler.as_ref().is_some_and(|handler| handler.waits == Waits::Nothing)
    }

    /// Wakes the handler, if it waits for one of these. True if it did.
    pub(crate) fn wake(&mut self, reasons: &[Waits]) -> bool {
        let Some(handler) = self.handler.as_mut().filter(|_| self.wakes) else { return false };
        let is_woken = reasons.contains(&handler.waits);
        if is_woken {
            handler.waits = Waits::Nothing;
        }
        is_woken
    }

    /// Runs the handler, and takes the events of the engine until there is none.
    fn events(&mut self, turn: &mut Turn<'_>) -> Result<(), String> {
        loop {
            let peek = self.connection.peek();
            // A handler whose time is over does not run on.
            let is_stopped = peek.is_cancelled() && !peek.is_closed();
            if let Some(handler) = self.handler.as_mut().filter(|_| !is_stopped)
                && matches!(handler.waits, Waits::Nothing | Waits::Until(_))
            {
                let step = handler.run(&mut self.connection, &turn.now, turn.clock);
                self.stepped(step, turn);
            }
            if self.connection.peek().turn().is_over() && self.is_runnable() {
                return Ok(());
            }
            match self.connection.poll_event(&turn.now) {
                None => return Ok(()),
                Some(Event::Request(head)) => {
                    let (key, work) = Work::of_path(head.path()).ok_or("a request of no peer")?;
                    self.begin(Some(key))?;
                    let id = self.connection.peek().current_id().ok_or("no exchange")?;
                    self.is_socket = work.kind.is_socket();
                    self.handler = Some(Handler::new(id, key, work));
                    self.has_progress(turn);
                }
                Some(Event::Fault(fault)) => {
                    self.begin(None)?;
                    turn.counters.refused(fault);
                    if fault != PeerError::ServerBusy {
                        self.faulted = Some(fault);
                    }
                    fail(&mut self.connection, &turn.now, fault.status().as_u16());
                    self.has_progress(turn);
                }
                Some(Event::Cancel(reason)) => self.cancel(turn, reason)?,
                Some(event) => return Err(format!("an unknown event {event:?}")),
            }
        }
    }

    /// An exchange begins.
    fn begin(&mut self, key: Option<Key>) -> Result<(), String> {
        if let Some(fault) = self.faulted {
            return Err(format!("served after {fault:?}"));
        }
        if let Some(handler) = &self.handler
            && !handler.is_left_open
        {
            return Err(format!("{key:?} begins while {handler:?} runs"));
        }
        self.handler = None;
        self.begun.push(key);
        Ok(())
    }

    fn cancel(&mut self, turn: &Turn<'_>, reason: CloseReason) -> Result<(), String> {
        let Some(handler) = &mut self.handler else {
            return Err(format!("{reason:?} cancels a handler that does not run"));
        };
        turn.counters.cancelled(reason);
        let status = reason.status().as_u16();
        let step = handler.cancel(&mut self.connection, &turn.now, status);
        self.stepped(step, turn);
        Ok(())
    }

    /// Bytes have passed, or a handler has come to its end.
    fn has_progress(&mut self, turn: &Turn<'_>) {
        let waited = turn.timeline.passed(self.last_progress, turn.clock);
        self.longest_wait = self.longest_wait.max(waited);
        self.last_progress = turn.clock;
    }

    fn stepped(&mut self, step: Step, turn: &Turn<'_>) {
        if step == Step::Over {
            self.handler = None;
            self.has_progress(turn);
        }
    }

    /// Takes the exchanges that are over.
    fn log(&mut self, turn: &Turn<'_>) {
        while let Some(finished) = self.connection.take_finished() {
            if turn.sabotage == Sabotage::LoseLines {
                continue;
            }
            let key = finished.head.as_ref().and_then(|head| Work::of_path(head.path()));
            self.logged.push(Logged {
                key: key.map(|(key, _)| key),
                status: finished.status,
                is_cut: finished.cut,
            });
        }
    }

    fn has_unread(&self, wire: &Wire) -> bool {
        let has_more = self.session.as_ref().is_some_and(Session::may_have_more);
        let is_readable = wire.is_readable() || has_more;
        is_readable && !wire.server_closed && self.connection.peek().wants_input()
    }

    /// Reads once. True if something has come.
    fn read(&mut self, turn: &mut Turn<'_>, wire: &mut Wire) -> Result<bool, String> {
        if !self.has_unread(wire) {
            return Ok(false);
        }
        turn.pool.attach(&mut self.connection);
        let read = match &mut self.session {
            Some(session) => Secured::new(session, wire).read(&mut self.connection, &turn.now),
            None => read_into(&mut self.connection, wire, turn.scratch),
        };
        let Some((read, buffered)) = read else { return Ok(false) };
        if let Ok(count) = read {
            wire.received += count as u64;
        }
        // One read of a long body, or an incomplete head and one more small read.
        let config = self.connection.peek().settings().config();
        let step = config.buffer_size;
        let most = (step * 4).max(config.client_max_header_size.max(step) + step / 4);
        // A message that is short enough stays in the buffer until it is complete.
        let most = if self.is_socket { most + IN_PLACE } else { most };
        if buffered > most {
            return Err(format!("{buffered} bytes are buffered, more than {most}"));
        }
        if matches!(read, Ok(1..)) {
            self.has_progress(turn);
        }
        let has_come = handle_read(&mut self.connection, &turn.now, &read);
        if has_come {
            self.wake(&[Waits::Input]);
        }
        Ok(has_come)
    }
}

/// The longest message of a WebSocket that is not copied while it arrives, and its head.
const IN_PLACE: usize = (64 << 10) + 14;

/// The steps of a turn that serve something, and those of long reads and writes.
const MOST_STEPS: usize = 20_000;
