//! A worker: one thread, one runtime, one listener each; nothing is shared while it serves.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinSet, spawn_local};
use tokio::time::{sleep, timeout};
use tremolo_core::{CloseReason, Connection, Settings};
use tremolo_net::{ACCEPT_PAUSE, Listening, is_about_one_connection};

use super::accept::{Accepted, Watched};
use super::connections::Connections;
use super::driver::Driver;
use crate::application::Routes;
use crate::cell::Cell;
use crate::clock;
use crate::lock::Locks;
use crate::resources::Resources;

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
    pub(super) locks: Locks,
    pub(super) max_connections: usize,
    /// For each listening socket, whether its connections begin with a PROXY protocol header.
    pub(super) proxied: Vec<bool>,
}

/// Serves until the phase says otherwise. A worker that panics starts again, with the same
/// sockets; handlers that panic do not get that far.
pub(super) fn run(
    mut listening: Vec<Listening>,
    shared: &Arc<Shared>,
    phase: &watch::Receiver<Phase>,
) -> io::Result<()> {
    let mut pause = FIRST_RESTART_PAUSE;
    loop {
        let run = || run_once(&mut listening, shared, phase.clone());
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(result) => return result,
            Err(_) if *phase.borrow() != Phase::Serving => return Ok(()),
            Err(_) => tracing::error!(?pause, "a worker panicked; it starts again"),
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LAST_RESTART_PAUSE);
    }
}

fn run_once(
    listening: &mut Vec<Listening>,
    shared: &Arc<Shared>,
    phase: watch::Receiver<Phase>,
) -> io::Result<()> {
    let threads = shared.settings.config().thread_pool_size + FILE_THREADS;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(threads)
        .build_local(tokio::runtime::LocalOptions::default())?;
    let serve = || runtime.block_on(serve(listening, shared, phase));
    let served = catch_unwind(AssertUnwindSafe(serve));
    // A blocking handler that does not return must not keep the server from ending.
    runtime.shutdown_timeout(CLEAN_UP);
    served.unwrap_or_else(|panic| resume_unwind(panic))
}

async fn serve(
    listening: &mut Vec<Listening>,
    shared: &Arc<Shared>,
    mut phase: watch::Receiver<Phase>,
) -> io::Result<()> {
    let keep = shared.settings.config().keepalive_connections;
    let connections = Rc::new(Connections::new(keep));
    let locks = Arc::clone(&shared.locks);
    let resources = Arc::new(Resources::new(shared.settings.config(), locks));
    let entrance = |proxied| Entrance {
        shared: Arc::clone(shared),
        connections: Rc::clone(&connections),
        resources: Arc::clone(&resources),
        proxied,
    };
    let mut accepting = JoinSet::new();
    for (listening, &proxied) in listening.iter().zip(&shared.proxied) {
        accepting.spawn_local(accept(Watched::new(listening)?, entrance(proxied)));
    }
    // An error here means that the server is gone, which is a reason to stop as well.
    let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
    accepting.shutdown().await;
    connections.drain();
    let finish = async {
        for (listening, &proxied) in listening.iter().zip(&shared.proxied) {
            sweep(listening, &entrance(proxied)).await;
        }
        // Whoever comes now is refused, and does not wait in a queue that nobody looks at.
        listening.clear();
        connections.all_ended().await;
        resources.tasks.all_ended().await;
    };
    let patience = shared.settings.config().shutdown_timeout;
    let _ = timeout(patience, async {
        tokio::select! {
            _ = phase.wait_for(|phase| *phase == Phase::Aborting) => {}
            () = finish => {}
        }
    })
    .await;
    listening.clear();
    connections.for_each(|cell| {
        let mut state = cell.lock();
        state.connection.abort(CloseReason::Shutdown);
        state.wake_driver();
    });
    let _ = timeout(CLEAN_UP, connections.all_ended()).await;
    Ok(())
}

/// Where the connections of one listening socket go.
#[derive(Debug)]
struct Entrance {
    shared: Arc<Shared>,
    connections: Rc<Connections>,
    resources: Arc<Resources>,
    proxied: bool,
}

/// Accepts for ever.
async fn accept(watched: Watched, entrance: Entrance) {
    loop {
        entrance.room().await;
        entrance.take(watched.accept().await).await;
    }
}

/// Accepts what is still in the accept queue.
async fn sweep(listening: &Listening, entrance: &Entrance) {
    loop {
        entrance.room().await;
        match Accepted::next_of(listening) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            accepted => entrance.take(accepted).await,
        }
    }
}

impl Entrance {
    /// At the limit the others wait in the accept queue.
    async fn room(&self) {
        while self.connections.count() >= self.shared.max_connections {
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
                // Out of descriptors, most likely: the ones in use come back in time.
                tracing::error!(%error, "accept failed");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }

    /// Starts a connection; from here on it counts.
    fn begin(&self, accepted: Accepted) {
        let mut connection = Connection::new(Arc::clone(&self.shared.settings), &clock::now());
        let peer = accepted.peer();
        if self.proxied {
            connection.expect_proxy_header(peer.ip());
        }
        let cell = Arc::new(Cell::new(connection, Arc::clone(&self.resources)));
        let guard = Connections::add(&self.connections, Arc::clone(&cell));
        let shared = Arc::clone(&self.shared);
        spawn_local(async move {
            let _guard = guard;
            match accepted {
                Accepted::Tcp(io, _) => Driver::new(io, &cell, &shared.routes, peer).await,
                Accepted::Unix(io) => Driver::new(io, &cell, &shared.routes, peer).await,
            }
        });
    }
}

/// Before a worker starts again; each time twice as long.
const FIRST_RESTART_PAUSE: Duration = Duration::from_millis(100);

/// But not longer.
const LAST_RESTART_PAUSE: Duration = Duration::from_secs(10);

/// Threads of a worker for reading files, beside those of blocking handlers: as many as the runtime
/// has by itself.
const FILE_THREADS: usize = 512;

/// What cancelled handlers get for their clean-up.
const CLEAN_UP: Duration = Duration::from_secs(1);
