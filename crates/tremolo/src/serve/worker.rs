//! A worker: one thread, one runtime, one listener each; nothing is shared while it serves.

use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_local};
use tokio::time::{sleep, timeout};
use tremolo_core::{CloseReason, Connection, Settings};

use super::Peer;
use super::connections::Connections;
use super::driver::Driver;
use super::listener::{Listening, ListeningSocket};
use crate::application::Routes;
use crate::cell::Cell;
use crate::clock;

/// How far the server is on its way to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Serving,
    /// Accept nothing new, finish what is in work.
    Draining,
    /// Finish nothing.
    Aborting,
}

/// What every worker has of the application.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) routes: Routes,
    pub(super) settings: Arc<Settings>,
    pub(super) max_connections: usize,
}

/// Serves until the phase says otherwise.
pub(super) fn run(
    listening: Vec<Listening>,
    shared: &Arc<Shared>,
    phase: watch::Receiver<Phase>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build_local(tokio::runtime::LocalOptions::default())?;
    runtime.block_on(serve(listening, shared, phase))
}

async fn serve(
    listening: Vec<Listening>,
    shared: &Arc<Shared>,
    mut phase: watch::Receiver<Phase>,
) -> io::Result<()> {
    let connections = Rc::new(Connections::default());
    let mut accepting = JoinSet::new();
    for listening in listening {
        let (shared, connections) = (Arc::clone(shared), Rc::clone(&connections));
        let phase = phase.clone();
        let proxied = listening.proxy_protocol;
        match listening.socket {
            ListeningSocket::Tcp(listener) => {
                let listener = TcpListener::from_std(listener)?;
                accepting.spawn_local(accept(shared, connections, phase, proxied, move |cx| {
                    listener.poll_accept(cx).map_ok(|(socket, address)| {
                        // A small answer must not wait for the acknowledgement of the last one.
                        if let Err(error) = socket.set_nodelay(true) {
                            tracing::debug!(%error, "TCP_NODELAY");
                        }
                        (socket, Peer::Tcp(address))
                    })
                }));
            }
            ListeningSocket::Unix(listener) => {
                let listener = UnixListener::from_std(listener)?;
                accepting.spawn_local(accept(shared, connections, phase, proxied, move |cx| {
                    listener.poll_accept(cx).map_ok(|(socket, _)| (socket, Peer::Unix))
                }));
            }
        }
    }
    while accepting.join_next().await.is_some() {}
    let patience = shared.settings.config().shutdown_timeout;
    connections.for_each(|cell| {
        let mut state = cell.lock();
        state.connection.drain(&clock::now());
        state.wake_driver();
    });
    let abort = phase.wait_for(|phase| *phase == Phase::Aborting);
    let _ = timeout(patience, async {
        tokio::select! {
            _ = abort => {}
            () = connections.all_ended() => {}
        }
    })
    .await;
    connections.for_each(|cell| {
        let mut state = cell.lock();
        state.connection.abort(CloseReason::Shutdown);
        state.wake_driver();
    });
    let _ = timeout(CLEAN_UP, connections.all_ended()).await;
    Ok(())
}

/// Accepts until the phase says otherwise; what is in the accept queue then is still served.
async fn accept<S: AsyncRead + AsyncWrite + Unpin + 'static>(
    shared: Arc<Shared>,
    connections: Rc<Connections>,
    mut phase: watch::Receiver<Phase>,
    proxied: bool,
    mut poll_accept: impl FnMut(&mut std::task::Context<'_>) -> Poll<io::Result<(S, Peer)>>,
) {
    loop {
        // At the limit the others wait in the accept queue.
        while connections.count() >= shared.max_connections {
            connections.one_ended().await;
        }
        let accepted = tokio::select! {
            biased;
            accepted = poll_fn(&mut poll_accept) => accepted,
            _ = phase.wait_for(|phase| *phase != Phase::Serving) => return,
        };
        match accepted {
            Ok((socket, peer)) => {
                connections.close_idle_beyond(shared.settings.config().keepalive_connections);
                let (shared, connections) = (Arc::clone(&shared), Rc::clone(&connections));
                spawn_local(connection(shared, connections, socket, peer, proxied));
            }
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                // Out of descriptors, most likely: the ones in use come back in time.
                tracing::error!(%error, "accept failed");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection<S: AsyncRead + AsyncWrite + Unpin>(
    shared: Arc<Shared>,
    connections: Rc<Connections>,
    socket: S,
    peer: Peer,
    proxied: bool,
) {
    let mut connection = Connection::new(Arc::clone(&shared.settings), &clock::now());
    if proxied {
        connection.expect_proxy_header(peer.ip());
    }
    let cell = Arc::new(Cell::new(connection));
    let place = connections.add(Arc::clone(&cell));
    Driver::new(socket, &cell, &shared.routes, peer).await;
    connections.remove(place);
}

/// The peer left before it was accepted: says nothing of the next one.
fn is_about_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// Between two tries while the system has nothing to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What cancelled handlers get for their clean-up.
const CLEAN_UP: Duration = Duration::from_secs(1);
