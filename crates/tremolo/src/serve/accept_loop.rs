//! Accepting: each listening socket of a worker has a loop that begins its connections.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use tokio::task::spawn_local;
use tokio::time::{sleep, timeout};
use tracing::{Instrument as _, Span};
use tremolo_core::Connection;
use tremolo_net::{ACCEPT_PAUSE, Listening, Peer, is_about_one_connection};

use super::accept::{Accepted, Watched};
use super::connections::{Connections, Guard};
use super::driver::Driver;
use super::places::HeldPlace;
use super::setup::{ListenerSetup, WorkerSetup};
use super::spans;
use super::tls_socket::encrypted;
use super::transport::Transport;
use crate::clock;
use crate::context::ConnectionContext;
use crate::hooks::{run_all, run_until_error};
use crate::local_task::start_task;
use crate::shared_connection::SharedConnection;
use crate::tls::{Session, TlsError};
use crate::worker_state::WorkerState;

/// The accept loop of one listening socket.
#[derive(Debug)]
pub(super) struct AcceptLoop {
    pub(super) setup: Arc<WorkerSetup>,
    pub(super) worker: Arc<WorkerState>,
    pub(super) connections: Rc<Connections>,
    pub(super) listener: ListenerSetup,
    /// The system lacks resources since the last connection; this is in the log.
    is_failing: bool,
}

impl AcceptLoop {
    pub(super) fn new(
        setup: Arc<WorkerSetup>,
        worker: Arc<WorkerState>,
        connections: Rc<Connections>,
        listener: ListenerSetup,
    ) -> Self {
        Self { setup, worker, connections, listener, is_failing: false }
    }

    /// Accepts until it is dropped.
    pub(super) async fn run(mut self, watched: Watched) {
        let places = Arc::clone(&self.setup.places);
        loop {
            let accepted = places.accept(|cx| watched.poll_accept(cx)).await;
            self.take(accepted).await;
        }
    }

    /// Accepts what is still in the accept queue.
    pub(super) async fn sweep(mut self, listening: &Listening) {
        let places = Arc::clone(&self.setup.places);
        loop {
            let place = places.wait().await;
            match Accepted::next_of(listening) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                accepted => self.take(accepted.map(|accepted| (accepted, place))).await,
            }
        }
    }

    async fn take(&mut self, accepted: io::Result<(Accepted, HeldPlace)>) {
        match accepted {
            Ok((accepted, place)) => {
                self.is_failing = false;
                self.begin(accepted, place);
            }
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                // Most likely the process is out of descriptors: it waits until some are closed.
                self.worker.own_monitor().counters.accept_failed();
                if !std::mem::replace(&mut self.is_failing, true) {
                    tracing::error!(%error, "accept failed; it is tried again until it succeeds");
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }

    /// Makes what belongs to a connection and starts it.
    fn begin(&self, accepted: Accepted, place: HeldPlace) {
        let (peer, settings) = (accepted.peer, &self.listener.settings);
        let session = match self.tls_session().transpose() {
            Ok(session) => session,
            Err(error) => {
                tracing::error!(%error, "a connection was refused");
                return;
            }
        };
        let connection = self.connections.begin(Arc::clone(settings), peer);
        let is_proxied = settings.config().proxy_protocol;
        let span = spans::of_connection(peer, is_proxied, || accepted.local());
        let started = self.add(connection, peer, place, span);
        match session {
            None => self.spawn(accepted.socket, started),
            Some(session) => self.spawn(encrypted(accepted.socket, session), started),
        }
    }

    /// Adds a connection to the table; it counts from here on.
    pub(super) fn add(
        &self,
        connection: Connection,
        peer: Peer,
        place: HeldPlace,
        span: Span,
    ) -> Started {
        let shared = Arc::new(SharedConnection::new(connection, Arc::clone(&self.worker)));
        let guard = Connections::add(&self.connections, Arc::clone(&shared), place);
        Started { shared, peer, guard, span }
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

    /// Spawns the task of a connection. An idle connection costs little more than this task, so the
    /// usual one is small and not boxed; hooks and spans are for few programs.
    pub(super) fn spawn<S: Transport + 'static>(&self, io: S, started: Started) {
        let Started { shared, peer, guard, span } = started;
        let setup = Arc::clone(&self.setup);
        if setup.hooks.watch_connections() {
            start_task(drive_between_hooks(io, shared, setup, peer, guard).instrument(span));
        } else {
            let driven = async move {
                // It is kept to the end, and not moved: that would need its place twice.
                let _guard = &guard;
                Driver::new(io, &shared, &setup.routes, peer).await;
            };
            match span.is_disabled() {
                true => drop(spawn_local(driven)),
                false => start_task(driven.instrument(span)),
            }
        }
    }
}

/// What belongs to a connection that begins.
pub(super) struct Started {
    shared: Arc<SharedConnection>,
    peer: Peer,
    guard: Guard,
    span: Span,
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
