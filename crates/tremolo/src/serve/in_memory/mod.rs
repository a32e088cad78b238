//! A server whose connections are in memory: for tests, which connect without a socket and move the
//! time of its only worker.

mod moved_time;
mod socket;

use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, ready};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tremolo_core::{Settings, TlsDetails};
use tremolo_net::Peer;

use super::accept_loop::AcceptLoop;
use super::acceptor::Acceptor;
use super::coding::with_codecs;
use super::places::HeldPlace;
use super::prepared::Prepared;
use super::run::{Entry, ServerHandle, launch};
use super::setup::ListenerSetup;
use super::spans;
use crate::clock;
use crate::error::Result;
use crate::local_task::{start_task, start_task_in};

use self::moved_time::Move;
pub use self::socket::ClientSocket;
use self::socket::{MemorySocket, pair};

/// A server without listeners. It has one worker.
#[derive(Debug)]
pub(crate) struct InMemoryServer {
    pub(crate) handle: ServerHandle,
    arrivals: UnboundedSender<Arrival>,
    moves: UnboundedSender<Move>,
}

/// A connection that a client has made.
#[derive(Debug)]
struct Arrival {
    socket: MemorySocket,
    peer: Peer,
    tls: Option<TlsDetails>,
}

/// Starts a server in memory. The addresses of the application are not listened on.
pub(crate) fn start(mut prepared: Prepared) -> Result<InMemoryServer> {
    prepared.config.worker_num = 1;
    prepared.config.pid_file.clear();
    let (arrivals, arriving) = unbounded_channel();
    let (moves, moving) = unbounded_channel();
    let channels = Channels { arriving: shared(arriving), moving: shared(moving) };
    let handle = launch(prepared, |settings| {
        let listeners = vec![listener(settings, false)?, listener(settings, true)?];
        Ok(Entry { listeners, acceptors: vec![channels] })
    })?;
    Ok(InMemoryServer { handle, arrivals, moves })
}

impl InMemoryServer {
    /// Connects; `None` if the server has ended.
    pub(crate) fn connect(
        self: &Arc<Self>,
        peer: Peer,
        tls: Option<TlsDetails>,
    ) -> Option<ClientSocket> {
        let (client, socket) = pair(Arc::clone(self) as _);
        self.arrivals.send(Arrival { socket, peer, tls }).ok()?;
        Some(client)
    }

    /// Whether the server has ended, or could not start.
    pub(crate) fn has_ended(&self) -> bool {
        self.arrivals.is_closed()
    }

    /// Moves the time of the worker. Returns when it is moved, or the server has ended.
    pub(crate) async fn advance(&self, by: Duration) {
        let (done, ended) = oneshot::channel();
        if self.moves.send(Move { by, done }).is_ok() {
            // An error means that the server has ended meanwhile.
            let _ = ended.await;
        }
    }
}

/// A listener of connections in memory. Those that count as encrypted have no session below them: the
/// client gives what a handshake would have agreed on.
fn listener(server: &Settings, is_encrypted: bool) -> Result<ListenerSetup> {
    let mut config = server.config().clone();
    config.tls_cert = if is_encrypted { "in memory".to_owned() } else { String::new() };
    let own = with_codecs(Settings::new(config)?)?;
    Ok(ListenerSetup { settings: Arc::new(own.counting_with(server)), tls: None })
}

/// The worker's ends of the channels. They remain if the worker starts again.
#[derive(Debug)]
struct Channels {
    arriving: Shared<Arrival>,
    moving: Shared<Move>,
}

type Shared<T> = Arc<Mutex<UnboundedReceiver<T>>>;

fn shared<T>(receiver: UnboundedReceiver<T>) -> Shared<T> {
    Arc::new(Mutex::new(receiver))
}

async fn receive<T>(channel: &Shared<T>) -> Option<T> {
    poll_fn(|cx| channel.lock().unwrap_or_else(PoisonError::into_inner).poll_recv(cx)).await
}

impl Acceptor for Channels {
    fn start(&self, loops: Vec<AcceptLoop>, tasks: &mut JoinSet<()>) -> io::Result<()> {
        if let Some(any) = loops.first() {
            let (moving, worker) = (Arc::clone(&self.moving), Arc::clone(&any.worker));
            let threads = any.setup.settings.config().thread_pool_size;
            // Not among the tasks that accept: the time can be moved while the server shuts down.
            start_task(async move {
                let is_blocked = || worker.resources.threads.available_permits() < threads;
                while let Some(wanted) = receive(&moving).await {
                    wanted.perform(is_blocked).await;
                }
            });
        }
        start_task_in(tasks, accept(Arc::clone(&self.arriving), loops));
        Ok(())
    }

    fn hold_back(&self) {}

    async fn sweep(&self, loops: Vec<AcceptLoop>) {
        let waiting =
            || self.arriving.lock().unwrap_or_else(PoisonError::into_inner).try_recv().ok();
        while let Some(arrival) = waiting() {
            let Some(any) = loops.first() else { return };
            let place = any.setup.places.wait().await;
            begin(arrival, place, &loops);
        }
    }

    fn close(&mut self) {
        let mut arriving = self.arriving.lock().unwrap_or_else(PoisonError::into_inner);
        arriving.close();
        while arriving.try_recv().is_ok() {}
    }
}

/// Accepts until the client side is dropped.
async fn accept(arriving: Shared<Arrival>, loops: Vec<AcceptLoop>) {
    let Some(places) = loops.first().map(|any| Arc::clone(&any.setup.places)) else { return };
    loop {
        let accepted = places.accept(|cx| {
            let mut arriving = arriving.lock().unwrap_or_else(PoisonError::into_inner);
            Poll::Ready(
                ready!(arriving.poll_recv(cx)).ok_or_else(|| io::ErrorKind::BrokenPipe.into()),
            )
        });
        let Ok((arrival, place)) = accepted.await else { return };
        begin(arrival, place, &loops);
    }
}

fn begin(arrival: Arrival, place: HeldPlace, loops: &[AcceptLoop]) {
    let Arrival { socket, peer, tls } = arrival;
    let Some(own) = loops.get(usize::from(tls.is_some())) else { return };
    let mut connection = own.connections.begin(Arc::clone(&own.listener.settings), peer);
    if let Some(tls) = tls {
        connection.encryption().handshake_done(&clock::now(), || tls);
    }
    let is_proxied = own.listener.settings.config().proxy_protocol;
    let span = spans::of_connection(peer, is_proxied, || None);
    own.spawn(socket, own.add(connection, peer, place, span));
}
