//! The reactor on real loopback sockets, with a host of a few lines and a clock that is set.
//!
//! Host and clients share a thread: a client writes, the host waits for the descriptor and runs
//! turns, the client reads. No test waits for time to pass; a missing event fails the test after
//! [`WAIT_LIMIT`].

mod clocks;
mod close;
mod files;
mod flow;
mod hosting;
mod proxy;
mod serving;
mod websocket;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tremolo_core::http1::response::FieldList;
use tremolo_core::{Config, Connection, ErrorPage, Exchange, Now, PeerError, Settings};
use tremolo_net::{ListenAddress, Listening};

use super::{ConnectionId, Event, Reactor};

/// A reactor, a clock, and the events that the host received.
struct Host {
    reactor: Reactor,
    address: SocketAddr,
    now: Now,
    /// Events that the host does not handle automatically.
    told: Vec<(ConnectionId, Event)>,
    /// Connections whose requests the host has answered.
    served: Vec<ConnectionId>,
}

impl Host {
    fn new() -> Self {
        Self::with(Config::default(), 1_000)
    }

    fn with(config: Config, max_connections: usize) -> Self {
        let settings = Arc::new(Settings::new(config).unwrap());
        let at = ListenAddress::Tcp("127.0.0.1:0".parse().unwrap());
        let listening = Listening::bind(&at, settings.config()).unwrap();
        let mut reactor = Reactor::new(settings, max_connections).unwrap();
        let ListenAddress::Tcp(address) = reactor.listen(listening).unwrap() else { panic!() };
        let now = Now::new(Instant::now(), 784_111_777);
        Self { reactor, address, now, told: Vec::new(), served: Vec::new() }
    }

    fn advance(&mut self, after: Duration) {
        self.now = Now::new(self.now.instant + after, self.now.wall_seconds + after.as_secs());
    }

    /// One turn: polls the sockets, then drains the events.
    fn turn(&mut self) {
        self.reactor.collect(&self.now).unwrap();
        self.drain();
    }

    /// Drains the events after a call on a connection.
    fn drain(&mut self) {
        while let Some((id, event)) = self.reactor.poll_event(&self.now) {
            self.act(id, event);
        }
    }

    /// Runs turns, each when it is due, until a condition holds.
    fn turn_until(&mut self, mut done: impl FnMut(&mut Self) -> bool) {
        while !done(self) {
            let overdue = self.reactor.next_deadline().is_some_and(|at| at <= self.now.instant);
            let called =
                overdue || self.reactor.has_more() || is_readable(&self.reactor, WAIT_LIMIT);
            assert!(called, "nothing happens: {:?}, told {:?}", self.reactor, self.told);
            self.turn();
        }
    }

    /// Runs turns until the host has answered `count` requests.
    fn serve(&mut self, count: usize) {
        self.turn_until(|host| host.served.len() >= count);
        assert_eq!(self.served.len(), count);
    }

    /// Runs turns until a matching event was received, and takes it.
    fn expect(&mut self, wanted: impl Fn(&Event) -> bool) -> (ConnectionId, Event) {
        let mut found = None;
        self.turn_until(|host| {
            found = host.told.iter().position(|(_, event)| wanted(event));
            found.is_some()
        });
        self.told.remove(found.unwrap())
    }

    /// The next request that the host leaves unanswered.
    fn expect_request(&mut self) -> ConnectionId {
        self.expect(|event| matches!(event, Event::Request(_))).0
    }

    /// Handles simple events; stores the others.
    fn act(&mut self, id: ConnectionId, event: Event) {
        match &event {
            Event::Request(head) if head.path() == b"/hello" => self.answer(id, "Hello"),
            Event::Fault(fault) => self.fail(id, *fault),
            _ => self.told.push((id, event)),
        }
    }

    fn connection(&mut self, id: ConnectionId) -> &mut Connection {
        self.reactor.connection(id).expect("the name is not stale")
    }

    fn exchange(&mut self, id: ConnectionId) -> Exchange<'_> {
        self.connection(id).current().expect("the handler still runs")
    }

    /// Responds with a text, as a handler does.
    fn answer(&mut self, id: ConnectionId, body: &str) {
        let now = self.now;
        self.exchange(id).end(&now, body.into()).unwrap();
        self.done(id);
    }

    fn done(&mut self, id: ConnectionId) {
        let now = self.now;
        self.exchange(id).handler_done(&now);
        self.served.push(id);
    }

    fn fail(&mut self, id: ConnectionId, fault: PeerError) {
        let page = ErrorPage {
            status: fault.status().as_u16(),
            reason: None,
            content_type: "text/plain",
            varies: false,
            fields: &FieldList::default(),
            body: "fault".into(),
        };
        let now = self.now;
        self.exchange(id).send_error_page(&now, page);
        self.done(id);
    }

    fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(WAIT_LIMIT)).unwrap();
        stream.set_write_timeout(Some(WAIT_LIMIT)).unwrap();
        Client { stream }
    }

    /// A client whose connection is idle after a first exchange.
    fn connect_idle(&mut self) -> (Client, ConnectionId) {
        let mut client = self.connect();
        client.get("/hello");
        self.serve(self.served.len() + 1);
        client.expect("Hello");
        (client, self.served[self.served.len() - 1])
    }
}

struct Client {
    stream: TcpStream,
}

impl Client {
    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    fn get(&mut self, path: &str) {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
    }

    fn end(&mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Reads one response with this body. Returns its head.
    fn expect(&mut self, body: &str) -> String {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            assert_eq!(self.stream.read(&mut byte).unwrap(), 1, "{}", text(&head));
            head.push(byte[0]);
        }
        let mut rest = vec![0; body.len()];
        self.stream.read_exact(&mut rest).unwrap();
        assert_eq!(text(&rest), body);
        text(&head)
    }

    /// Whether the server has closed, and sent nothing before.
    fn is_at_end(&mut self) -> bool {
        self.stream.read(&mut [0]).unwrap() == 0
    }
}

/// Whether it becomes readable within this time.
fn is_readable(descriptor: &impl AsFd, patience: Duration) -> bool {
    let seconds = i64::try_from(patience.as_secs()).unwrap();
    let timeout = Timespec { tv_sec: seconds, tv_nsec: patience.subsec_nanos().into() };
    poll(&mut [PollFd::new(descriptor, PollFlags::IN)], Some(&timeout)).unwrap() > 0
}

fn is_readable_now(descriptor: &impl AsFd) -> bool {
    is_readable(descriptor, Duration::ZERO)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const WAIT_LIMIT: Duration = Duration::from_secs(20);

const SECOND: Duration = Duration::from_secs(1);
