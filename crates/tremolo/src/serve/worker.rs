//! A worker: one thread, one runtime, one listener each; nothing is shared while it serves.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_local};
use tokio::time::{sleep, timeout};
use tracing::{Instrument as _, Span};
use tremolo_core::{CloseReason, Settings};
use tremolo_net::{ACCEPT_PAUSE, Listening, Peer, is_about_one_connection};
use tremolo_tls::{Session, TlsContext, TlsError};

use super::accept::{Accepted, Watched};
use super::access;
use super::connections::{Connections, Guard};
use super::driver::Driver;
use super::pacing;
use super::spans;
use super::tls_socket::TlsSocket;
use super::transport::Transport;
use crate::clock;
use crate::context::{ConnectionContext, WorkerContext};
use crate::extensions::{Extensions, TypeMap};
use crate::hooks::{Hooks, run_all, run_until_error};
use crate::lock::Locks;
use crate::monitor::Monitor;
use crate::pipeline::Routes;
use crate::resources::Resources;
use crate::shared_connection::SharedConnection;
use crate::worker_state::WorkerState;

/// The phase of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Serving,
    /// Accept nothing new, finish the current requests.
    Draining,
    /// Finish nothing.
    Aborting,
}

/// What all workers share.
#[derive(Debug)]
pub(super) struct WorkerSetup {
    pub(super) routes: Routes,
    pub(super) hooks: Hooks,
    pub(super) state: Arc<TypeMap>,
    pub(super) settings: Arc<Settings>,
    pub(super) locks: Locks,
    pub(super) max_connections: usize,
    pub(super) monitor: Arc<Monitor>,
    /// What the connections of each listening socket have in common.
    pub(super) listeners: Vec<ListenerSetup>,
}

/// What the connections of a listening socket have in common.
#[derive(Clone, Debug)]
pub(super) struct ListenerSetup {
    pub(super) settings: Arc<Settings>,
    /// `None`: connections are not encrypted.
    pub(super) tls: Option<Arc<TlsContext>>,
}

/// Serves until the phase changes. A worker that panics starts again, with the same
/// sockets; panics of handlers are caught earlier.
pub(super) fn run(
    index: usize,
    mut listening: Vec<Listening>,
    setup: &Arc<WorkerSetup>,
    phase: &watch::Receiver<Phase>,
) -> io::Result<()> {
    let mut pause = FIRST_RESTART_PAUSE;
    loop {
        let run = || {
            let resources = Resources::new(setup.settings.config(), Arc::clone(&setup.locks));
            let worker = WorkerState {
                index,
                app: Arc::clone(&setup.state),
                context: Extensions::default(),
                resources,
                has_on_response: setup.routes.has_on_response(),
                monitor: Arc::clone(&setup.monitor),
            };
            run_once(&mut listening, setup, worker, phase.clone())
        };
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(result) => return result,
            Err(_) if *phase.borrow() != Phase::Serving => return Ok(()),
            Err(_) => tracing::error!(?pause, "a worker panicked; it starts again"),
        }
        setup.monitor.worker(index).set_serving(false);
        std::thread::sleep(pause);
        pause = (pause * 2).min(LAST_RESTART_PAUSE);
    }
}

fn run_once(
    listening: &mut Vec<Listening>,
    setup: &Arc<WorkerSetup>,
    worker: WorkerState,
    phase: watch::Receiver<Phase>,
) -> io::Result<()> {
    let threads = setup.settings.config().thread_pool_size + FILE_THREADS;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(threads)
        .event_interval(EVENT_INTERVAL)
        .build_local(tokio::runtime::LocalOptions::default())?;
    let live = || runtime.block_on(live(listening, setup, &Arc::new(worker), phase));
    let lived = catch_unwind(AssertUnwindSafe(live));
    // A blocking handler that does not return must not keep the server from ending.
    runtime.shutdown_timeout(CLEAN_UP);
    lived.unwrap_or_else(|panic| resume_unwind(panic))
}

/// The life of a worker, between its hooks.
async fn live(
    listening: &mut Vec<Listening>,
    setup: &Arc<WorkerSetup>,
    worker: &Arc<WorkerState>,
    mut phase: watch::Receiver<Phase>,
) -> io::Result<()> {
    let (hooks, context) = (&setup.hooks, WorkerContext::new(Arc::clone(worker)));
    tokio::select! {
        // A worker that is stopped before it starts still serves the clients in its accept queue.
        biased;
        started = run_until_error(&hooks.worker_start, &context) => started.map_err(|error| {
            let error = error.log_text();
            tracing::error!(%error, "a worker could not start");
            io::Error::other(error)
        })?,
        _ = phase.wait_for(|phase| *phase != Phase::Serving) => return Ok(()),
    }
    let result = serve(listening, setup, worker, phase.clone()).await;
    worker.own_monitor().set_serving(false);
    worker.own_monitor().flush_access_log();
    if !hooks.worker_stop.is_empty() {
        let limit = setup.settings.config().shutdown_timeout;
        tokio::select! {
            () = run_all(&hooks.worker_stop, &context, limit) => {}
            () = async {
                let _ = phase.wait_for(|phase| *phase == Phase::Aborting).await;
                sleep(CLEAN_UP).await;
            } => {}
        }
    }
    result
}

async fn serve(
    listening: &mut Vec<Listening>,
    setup: &Arc<WorkerSetup>,
    worker: &Arc<WorkerState>,
    mut phase: watch::Receiver<Phase>,
) -> io::Result<()> {
    let config = setup.settings.config();
    let connections = Rc::new(Connections::new(config, setup.max_connections));
    let accept_loop = |listener: &ListenerSetup| AcceptLoop {
        setup: Arc::clone(setup),
        listener: listener.clone(),
        worker: Arc::clone(worker),
        connections: Rc::clone(&connections),
    };
    spawn_local(pacing::run());
    if worker.own_monitor().has_access_file() {
        spawn_local(access::flush_regularly(Arc::clone(worker)));
    }
    let mut accepting = JoinSet::new();
    for (listening, listener) in listening.iter().zip(&setup.listeners) {
        accepting.spawn_local(accept(Watched::new(listening)?, accept_loop(listener)));
    }
    worker.own_monitor().set_serving(true);
    // An error means that the handle of the server was dropped: the worker stops as well.
    let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
    accepting.shutdown().await;
    connections.drain();
    let finish = async {
        for (listening, listener) in listening.iter().zip(&setup.listeners) {
            sweep(listening, &accept_loop(listener)).await;
        }
        // New clients are refused now, and do not wait in a queue that is not read any more.
        listening.clear();
        connections.all_ended().await;
        worker.resources.tasks.all_ended().await;
    };
    let limit = setup.settings.config().shutdown_timeout;
    let _ = timeout(limit, async {
        tokio::select! {
            _ = phase.wait_for(|phase| *phase == Phase::Aborting) => {}
            () = finish => {}
        }
    })
    .await;
    listening.clear();
    connections.for_each(|shared| {
        let mut state = shared.lock();
        state.connection.abort(CloseReason::Shutdown);
        state.wake_driver();
    });
    let _ = timeout(CLEAN_UP, connections.all_ended()).await;
    Ok(())
}

/// The accept loop of one listening socket.
#[derive(Debug)]
struct AcceptLoop {
    setup: Arc<WorkerSetup>,
    worker: Arc<WorkerState>,
    connections: Rc<Connections>,
    listener: ListenerSetup,
}

/// Accepts until it is dropped.
async fn accept(watched: Watched, accept_loop: AcceptLoop) {
    loop {
        accept_loop.wait_for_room().await;
        accept_loop.take(watched.accept().await).await;
    }
}

/// Accepts what is still in the accept queue.
async fn sweep(listening: &Listening, accept_loop: &AcceptLoop) {
    loop {
        accept_loop.wait_for_room().await;
        match Accepted::next_of(listening) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            accepted => accept_loop.take(accepted).await,
        }
    }
}

impl AcceptLoop {
    /// Waits while the worker is at its limit; clients wait in the accept queue.
    async fn wait_for_room(&self) {
        while !self.connections.has_room() {
            self.connections.one_ended().await;
        }
    }

    async fn take(&self, accepted: io::Result<Accepted>) {
        match accepted {
            Ok(accepted) => {
                self.begin(accepted);
            }
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                // Most likely the process is out of descriptors: it waits until some are closed.
                self.worker.own_monitor().counters.accept_failed();
                tracing::error!(%error, "accept failed");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }

    /// Makes what belongs to a connection and starts it.
    fn begin(&self, accepted: Accepted) {
        let (peer, settings) = (accepted.peer(), &self.listener.settings);
        let session = match self.tls_session().transpose() {
            Ok(session) => session,
            Err(error) => {
                tracing::error!(%error, "a connection was refused");
                return;
            }
        };
        let mut connection = self.connections.begin(Arc::clone(settings), peer);
        connection.record_exchanges(access::is_wanted(settings.config()));
        let span = spans::of_connection(&accepted, settings.config().proxy_protocol);
        let shared = Arc::new(SharedConnection::new(connection, Arc::clone(&self.worker)));
        match (accepted, session) {
            (Accepted::Tcp(io, _), None) => self.spawn(io, shared, peer, span),
            (Accepted::Unix(io), None) => self.spawn(io, shared, peer, span),
            (Accepted::Tcp(io, _), Some(session)) => {
                self.spawn(TlsSocket::new(io, session), shared, peer, span);
            }
            (Accepted::Unix(io), Some(session)) => {
                self.spawn(TlsSocket::new(io, session), shared, peer, span);
            }
        }
    }

    /// The session of a connection that is encrypted, with the files as they are now.
    fn tls_session(&self) -> Option<Result<Session, TlsError>> {
        let tls = self.listener.tls.as_ref()?;
        match tls.reload_if_changed(clock::now().instant) {
            None => {}
            Some(Ok(())) => tracing::info!(?tls, "certificates were loaded again"),
            Some(Err(error)) => tracing::error!(%error, "the old certificates remain"),
        }
        Some(tls.session())
    }

    /// Spawns the task of a connection, which counts from here on. An idle connection costs little
    /// more than this task, so it is small: the future with hooks, which few programs have, is
    /// boxed.
    fn spawn<S: Transport + 'static>(
        &self,
        io: S,
        shared: Arc<SharedConnection>,
        peer: Peer,
        span: Span,
    ) {
        let guard = Connections::add(&self.connections, Arc::clone(&shared));
        if self.setup.hooks.watch_connections() {
            let setup = Arc::clone(&self.setup);
            let driven = Box::pin(drive_between_hooks(io, shared, setup, peer, guard));
            spawn_local(driven.instrument(span));
        } else {
            let setup = Arc::clone(&self.setup);
            let driven = async move {
                let _guard = guard;
                Driver::new(io, &shared, &setup.routes, peer).await;
            };
            spawn_local(driven.instrument(span));
        }
    }
}

/// The life of a connection, between its hooks.
async fn drive_between_hooks<S: Transport>(
    io: S,
    shared: Arc<SharedConnection>,
    setup: Arc<WorkerSetup>,
    peer: Peer,
    _guard: Guard,
) {
    let (hooks, config) = (&setup.hooks, shared.config());
    let context = ConnectionContext::new(Arc::clone(&shared), peer);
    let limit = config.app_handler_timeout;
    match timeout(limit, run_until_error(&hooks.connect, &context)).await {
        Ok(Ok(())) => Driver::new(io, &shared, &setup.routes, peer).await,
        Ok(Err(error)) => {
            let error = error.log_text();
            tracing::debug!(?context, %error, "a connection was refused");
            drop(io);
        }
        Err(_) => {
            tracing::error!(?context, patience = ?limit, "on_connect took too long");
            drop(io);
        }
    }
    run_all(&hooks.close, &context, config.app_close_timeout).await;
}

/// The pause before a worker starts again, doubled each time.
const FIRST_RESTART_PAUSE: Duration = Duration::from_millis(100);

/// The longest such pause.
const LAST_RESTART_PAUSE: Duration = Duration::from_secs(10);

/// Tasks that run between two polls of the sockets: half of the default of tokio, so that a request
/// waits for fewer others, and a poll still costs little beside them.
const EVENT_INTERVAL: u32 = 31;

/// Threads of a worker for reading files, beside those of blocking handlers: as many as
/// the default of tokio.
const FILE_THREADS: usize = 512;

/// The time that cancelled handlers have for their clean-up.
const CLEAN_UP: Duration = Duration::from_secs(1);
