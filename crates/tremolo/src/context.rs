//! The contexts of a worker and of a connection, where an application keeps values for as long as
//! they live.

use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use tremolo_net::{Peer, Stats};

use crate::extensions::Extensions;
use crate::shared_connection::SharedConnection;
use crate::worker_state::WorkerState;

/// The context of a worker: values that live as long as it does, by their type. Made before
/// [`Application::on_worker_start`](crate::Application::on_worker_start), and an argument of its
/// hooks and of every handler.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use tremolo::{Application, WorkerContext};
///
/// # let _ =
/// Application::new()
///     .on_worker_start(async |worker: WorkerContext| worker.insert(Arc::new(AtomicU64::new(0))))
///     .route("/", async |worker: WorkerContext| {
///         let count: Arc<AtomicU64> = worker.get()?;
///         Some(format!("{} of worker {}", count.fetch_add(1, Ordering::Relaxed), worker.index()))
///     })
/// # ;
/// ```
#[derive(Clone, Debug)]
pub struct WorkerContext {
    worker: Arc<WorkerState>,
}

impl WorkerContext {
    pub(crate) fn new(worker: Arc<WorkerState>) -> Self {
        Self { worker }
    }

    /// Which worker this is, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.worker.index
    }

    /// Waits until the server shuts down: for tasks that
    /// [`Application::on_worker_start`](crate::Application::on_worker_start) starts.
    pub async fn draining(&self) {
        self.worker.draining.begins().await;
    }

    /// Whether the server shuts down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.worker.draining.has_begun()
    }

    /// A clone of what [`Application::state`](crate::Application::state) was given of this type.
    #[must_use]
    pub fn state<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.worker.app.get()
    }

    /// What all workers of the server have done since its start.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.worker.monitor.stats()
    }

    /// Whether new requests should come to this server: all workers have started, and it does not
    /// shut down.
    #[must_use]
    pub fn is_server_ready(&self) -> bool {
        self.worker.monitor.is_ready()
    }
}

impl Deref for WorkerContext {
    type Target = Extensions;

    fn deref(&self) -> &Extensions {
        &self.worker.context
    }
}

/// The context of a connection: values that live as long as it does, by their type. An argument
/// of [`Application::on_connect`](crate::Application::on_connect), of
/// [`Application::on_close`](crate::Application::on_close), and of every handler.
///
/// ```
/// use tremolo::{Application, ConnectionContext};
///
/// #[derive(Clone)]
/// struct Tag(String);
///
/// # let _ =
/// Application::new()
///     .on_connect(async |connection: ConnectionContext| {
///         connection.insert(Tag(format!("{:?}", connection.client())));
///     })
///     .route("/", async |connection: ConnectionContext| Some(connection.get::<Tag>()?.0))
/// # ;
/// ```
#[derive(Clone)]
pub struct ConnectionContext {
    shared: Arc<SharedConnection>,
    peer: Peer,
}

impl ConnectionContext {
    pub(crate) fn new(shared: Arc<SharedConnection>, peer: Peer) -> Self {
        Self { shared, peer }
    }

    /// The address at the other end; `None` for a Unix socket. Behind a load balancer that speaks
    /// the PROXY protocol it is the balancer's in `on_connect`, which runs before anything is
    /// read, and the client's from the first request on.
    #[must_use]
    pub fn client(&self) -> Option<SocketAddr> {
        let proxied = self.shared.lock().connection.peek().proxied().map(|proxied| proxied.source);
        proxied.or_else(|| self.peer.address())
    }

    /// The context of the worker that serves it.
    #[must_use]
    pub fn worker(&self) -> WorkerContext {
        WorkerContext::new(Arc::clone(self.shared.worker()))
    }
}

impl Deref for ConnectionContext {
    type Target = Extensions;

    fn deref(&self) -> &Extensions {
        self.shared.context()
    }
}

impl fmt::Debug for ConnectionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionContext").field("client", &self.client()).finish_non_exhaustive()
    }
}
