//! The server with all of its connections, and the queue of what happens next.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use tremolo_core::{BufferPool, CloseReason, Config, Now, Settings};
use tremolo_net::{Admission, Counters, Peer as Address, Places};

use crate::entry::{Entry, Turn};
use crate::peer::Peer;
use crate::scenario::{DRAIN_GRACE, Encryption, SHUTDOWN, Scenario};
use crate::timeline::Timeline;
use crate::tunnel::{Tunnel, session};
use crate::wire::Wire;
use crate::{Failure, Sabotage, Summary, check};

/// What happens at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Occurrence {
    /// A peer connects.
    Connect(usize),
    /// Connections that wait can be accepted.
    Accept,
    /// A peer may go on.
    Peer(usize),
    /// A connection of the server has to be served.
    Serve(usize),
    /// The shutdown begins.
    Drain,
    /// Nothing is accepted any more.
    StopAccepting,
    /// The time of the shutdown is over.
    Abort,
}

/// A server, its peers, and the time.
pub(crate) struct World<'a> {
    scenario: &'a Scenario,
    sabotage: Sabotage,
    timeline: Timeline<'a>,
    clock: u64,
    /// By the instant, then in the order of their requests.
    queue: BinaryHeap<Reverse<(u64, u64, Occurrence)>>,
    requests: u64,
    /// Connections that have to be served now.
    ready: VecDeque<usize>,
    peers: Vec<Peer>,
    wires: Vec<Wire>,
    server: Server,
}

/// The parts of the server.
struct Server {
    settings: Arc<Settings>,
    /// Those of the listener that is encrypted.
    tls_settings: Arc<Settings>,
    entries: Vec<Option<Entry>>,
    /// The indices of open connections.
    open: usize,
    places: Places,
    admission: Admission,
    counters: Counters,
    pool: BufferPool,
    scratch: Vec<u8>,
    backlog: VecDeque<usize>,
    is_accepting: bool,
    begun: u64,
}

type Outcome<T = ()> = Result<T, Failure>;

/// What happens at one instant, at most.
const MOST_STEPS: usize = 100_000;

impl<'a> World<'a> {
    pub(crate) fn new(scenario: &'a Scenario, sabotage: Sabotage) -> Outcome<Self> {
        let failed = |fault: String| Failure { peer: None, at: 0, fault };
        let config = scenario.limits.config();
        let tls = Config { tls_cert: "a certificate".to_owned(), ..config.clone() };
        let settings = Settings::new(config).map_err(|error| failed(error.to_string()))?;
        let tls = Settings::new(tls).map_err(|error| failed(error.to_string()))?;
        let tls_settings = Arc::new(tls.counting_with(&settings));
        let count = scenario.peers.len();
        let server = Server {
            places: Places::new(scenario.limits.connections),
            admission: Admission::new(settings.config()),
            scratch: vec![0; settings.config().buffer_size * 4],
            settings: Arc::new(settings),
            tls_settings,
            entries: (0..count).map(|_| None).collect(),
            open: 0,
            counters: Counters::default(),
            pool: BufferPool::new(),
            backlog: VecDeque::new(),
            is_accepting: true,
            begun: 0,
        };
        let peers = scenario.peers.iter().enumerate().map(|(index, script)| {
            let tunnel = match script.tls {
                Encryption::None => Tunnel::default(),
                tls => Tunnel::encrypted(tls == Encryption::Old)?,
            };
            Ok(Peer::new(index, tunnel))
        });
        let peers = peers.collect::<Result<_, _>>().map_err(failed)?;
        let mut world = Self {
            scenario,
            sabotage,
            timeline: Timeline::new(scenario),
            clock: 0,
            queue: BinaryHeap::new(),
            requests: 0,
            ready: VecDeque::new(),
            peers,
            wires: scenario.peers.iter().map(|script| Wire::new(script.link)).collect(),
            server,
        };
        for (index, script) in scenario.peers.iter().enumerate() {
            world.at(script.begins, Occurrence::Connect(index));
        }
        if let Some(drain) = scenario.drain_at {
            // A signal, and then timers of the server.
            let begins = world.timeline.server(drain);
            let timer = |after| world.timeline.world(begins + after).max(drain);
            let (stop, abort) = (timer(DRAIN_GRACE), timer(SHUTDOWN));
            world.at(drain, Occurrence::Drain);
            world.at(stop, Occurrence::StopAccepting);
            world.at(abort, Occurrence::Abort);
        }
        Ok(world)
    }

    /// Runs until nothing happens any more.
    pub(crate) fn run(mut self) -> Outcome<Summary> {
        let mut steps = 0;
        while let Some(Reverse((at, _, occurrence))) = self.queue.pop() {
            steps = if at == self.clock { steps + 1 } else { 0 };
            self.clock = at;
            self.happen(occurrence)?;
            while let Some(index) = self.ready.pop_front() {
                steps += 1;
                self.serve(index)?;
                if steps > MOST_STEPS {
                    return Err(self.failed(Some(index), "it is served without end".to_owned()));
                }
            }
            if steps > MOST_STEPS {
                return Err(self.failed(None, format!("{occurrence:?} without end")));
            }
        }
        self.finish()
    }

    fn at(&mut self, at: u64, occurrence: Occurrence) {
        self.requests += 1;
        self.queue.push(Reverse((at, self.requests, occurrence)));
    }

    fn failed(&self, peer: Option<usize>, fault: String) -> Failure {
        Failure { peer, at: self.clock, fault }
    }

    fn now(&mut self) -> Now {
        self.timeline.now(self.clock)
    }

    fn happen(&mut self, occurrence: Occurrence) -> Outcome {
        if let Some(until) = self.timeline.paused_until(self.clock)
            && !matches!(occurrence, Occurrence::Connect(_) | Occurrence::Peer(_))
        {
            self.at(until, occurrence);
            return Ok(());
        }
        match occurrence {
            Occurrence::Connect(index) => {
                self.server.backlog.push_back(index);
                self.advance_peer(index)?;
                self.accept()?;
            }
            Occurrence::Peer(index) => self.advance_peer(index)?,
            Occurrence::Accept => self.accept()?,
            Occurrence::Serve(index) if self.server.entries[index].is_none() => self.accept()?,
            Occurrence::Serve(index) => self.make_ready(index),
            Occurrence::Drain => {
                let now = self.now();
                self.server.admission.drain();
                for entry in self.server.entries.iter_mut().flatten() {
                    entry.connection.drain(&now);
                }
                self.make_all_ready();
            }
            Occurrence::StopAccepting => {
                self.server.is_accepting = false;
                for index in std::mem::take(&mut self.server.backlog) {
                    self.wires[index].server_closes(true);
                    self.spread(index);
                }
            }
            Occurrence::Abort => {
                for entry in self.server.entries.iter_mut().flatten() {
                    entry.connection.abort(CloseReason::Shutdown);
                }
                self.make_all_ready();
            }
        }
        Ok(())
    }

    fn make_ready(&mut self, index: usize) {
        match &mut self.server.entries[index] {
            Some(entry) if !entry.is_queued => {
                entry.is_queued = true;
                self.ready.push_back(index);
            }
            _ => {}
        }
    }

    fn make_all_ready(&mut self) {
        for index in 0..self.server.entries.len() {
            if self.server.entries[index].is_some() {
                self.make_ready(index);
            }
        }
    }

    /// Accepts connections while there are places.
    fn accept(&mut self) -> Outcome {
        if let Some(until) = self.timeline.paused_until(self.clock) {
            self.at(until, Occurrence::Accept);
            return Ok(());
        }
        while self.server.is_accepting && !self.server.backlog.is_empty() {
            let Some(place) = self.server.places.take() else { return Ok(()) };
            let Some(index) = self.server.backlog.pop_front() else { return Ok(()) };
            let now = self.now();
            let is_plain = self.scenario.peers[index].tls == Encryption::None;
            let session = if is_plain { None } else { Some(session()) };
            let session = session.transpose().map_err(|fault| self.failed(Some(index), fault))?;
            let server = &mut self.server;
            server.counters.accepted();
            let settings = if is_plain { &server.settings } else { &server.tls_settings };
            let settings = Arc::clone(settings);
            let connection = server.admission.begin(settings, Address::Unix, &now);
            let mut entry =
                Entry::new(connection, session, place, self.timeline.server(self.clock));
            entry.wakes = self.sabotage != Sabotage::ForgetWakes;
            server.entries[index] = Some(entry);
            self.wires[index].loses_bytes = self.sabotage == Sabotage::LoseBytes;
            server.open += 1;
            if server.admission.arrived(server.open) {
                self.close_idle();
            }
            self.make_ready(index);
        }
        Ok(())
    }

    /// Closes the connections that have been idle longest.
    fn close_idle(&mut self) {
        let entries = self.server.entries.iter().enumerate();
        let idle = entries.filter_map(|(index, entry)| {
            Some((entry.as_ref()?.connection.peek().idle_until()?, index))
        });
        let surplus: Vec<_> = self.server.admission.surplus(idle.collect()).collect();
        for index in surplus {
            if let Some(entry) = &mut self.server.entries[index] {
                entry.connection.close_idle();
            }
            self.make_ready(index);
        }
    }

    fn advance_peer(&mut self, index: usize) -> Outcome {
        let script = &self.scenario.peers[index];
        let wakes_at = self.peers[index].wakes_at.take_if(|at| *at > self.clock);
        let advanced = self.peers[index].advance(script, &mut self.wires[index], self.clock);
        let next = advanced.map_err(|fault| self.failed(Some(index), fault))?;
        // A wake-up that was requested before comes in any case.
        if let Some(at) = next
            && wakes_at.is_none_or(|earlier| at < earlier)
        {
            self.at(at, Occurrence::Peer(index));
            self.peers[index].wakes_at = Some(at);
        } else {
            self.peers[index].wakes_at = wakes_at;
        }
        self.spread(index);
        Ok(())
    }

    /// Lets both ends of a connection learn what the other has done.
    fn spread(&mut self, index: usize) {
        let wire = &mut self.wires[index];
        let (news, at) = (std::mem::take(&mut wire.news), self.clock + wire.latency());
        if news.for_peer {
            self.at(at, Occurrence::Peer(index));
        }
        if news.for_server {
            self.at(at, Occurrence::Serve(index));
        }
    }

    fn serve(&mut self, index: usize) -> Outcome {
        let (now, start) = (self.now(), self.timeline.start);
        let clock = self.timeline.server(self.clock);
        let server = &mut self.server;
        let Some(entry) = &mut server.entries[index] else { return Ok(()) };
        entry.is_queued = false;
        let mut turn = Turn {
            now,
            clock,
            timeline: &self.timeline,
            pool: &mut server.pool,
            counters: &server.counters,
            scratch: &mut server.scratch,
            sabotage: self.sabotage,
        };
        let milliseconds = |at: Instant| check::milliseconds(start, at);
        let next = entry.serve(&mut turn, &mut self.wires[index], milliseconds);
        let checked = next.and_then(|next| {
            check::after_turn(entry, &now, clock, next.again)?;
            Ok(next)
        });
        let next = checked.map_err(|fault| self.failed(Some(index), fault))?;
        self.spread(index);
        for at in [next.timer, next.handler].into_iter().flatten() {
            let at = self.timeline.world(at).max(self.clock);
            self.at(at, Occurrence::Serve(index));
        }
        if next.again {
            self.make_ready(index);
        }
        if next.is_over {
            self.leave(index)?;
        }
        Ok(())
    }

    /// A connection is over.
    fn leave(&mut self, index: usize) -> Outcome {
        let Some(mut entry) = self.server.entries[index].take() else { return Ok(()) };
        self.server.open -= 1;
        self.server.counters.closed(entry.connection.peek().close_reason());
        self.server.begun += entry.begun.len() as u64;
        let (peer, wire) = (&self.peers[index], &self.wires[index]);
        let outcome = check::at_end(&mut entry, peer, wire, &self.timeline, self.clock);
        outcome.map_err(|fault| self.failed(Some(index), fault))?;
        self.peers[index].logged = Some(std::mem::take(&mut entry.logged));
        self.peers[index].closed = entry.connection.peek().close_reason();
        // Its place is free.
        drop(entry);
        self.accept()
    }

    /// Nothing happens any more: each connection must be over.
    fn finish(self) -> Outcome<Summary> {
        let mut summary = Summary { conversations: self.peers.len() as u64, ..Summary::default() };
        for (index, peer) in self.peers.iter().enumerate() {
            let failed = |fault| self.failed(Some(index), fault);
            if let Some(entry) = &self.server.entries[index] {
                return Err(failed(format!("{:?} waits forever", entry.connection)));
            }
            let Some(logged) = &peer.logged else {
                if self.server.is_accepting {
                    return Err(failed("the connection is never accepted".to_owned()));
                }
                continue;
            };
            check::responses(logged, peer, &self.wires[index]).map_err(failed)?;
            peer.judge(&self.timeline, &self.scenario.peers[index]).map_err(failed)?;
            summary.exchanges += logged.len() as u64;
            summary.responses += peer.reader.complete() as u64;
        }
        let stats = self.server.counters.stats();
        check::stats(&stats, self.scenario, &self.wires, self.server.begun)
            .map_err(|fault| self.failed(None, fault))?;
        Ok(summary)
    }
}
