//! What lives as long as a worker or a connection, and where an application keeps its own values
//! for so long.

mod extensions;

use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use tremolo_net::Peer;

pub use self::extensions::Extensions;
pub(crate) use self::extensions::{TypeMap, Value};
use crate::cell::Cell;
use crate::error::HttpError;
use crate::extract::{Call, FromCall};
use crate::pipeline::Routes;
use crate::resources::Resources;

/// What the connections of one worker share.
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) routes: Arc<Routes>,
    index: usize,
    context: Extensions,
    pub(crate) resources: Resources,
}

impl Home {
    pub(crate) fn new(routes: Arc<Routes>, index: usize, resources: Resources) -> Self {
        Self { routes, index, context: Extensions::default(), resources }
    }
}

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
    home: Arc<Home>,
}

impl WorkerContext {
    pub(crate) fn new(home: Arc<Home>) -> Self {
        Self { home }
    }

    /// Which worker this is, from 0.
    #[must_use]
    pub fn index(&self) -> usize {
        self.home.index
    }

    /// A clone of what [`Application::state`](crate::Application::state) was given of this type.
    #[must_use]
    pub fn state<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.home.routes.state().get()
    }
}

impl Deref for WorkerContext {
    type Target = Extensions;

    fn deref(&self) -> &Extensions {
        &self.home.context
    }
}

impl FromCall for WorkerContext {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(Self::new(Arc::clone(call.cell().home())))
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
    cell: Arc<Cell>,
    peer: Peer,
}

impl ConnectionContext {
    pub(crate) fn new(cell: Arc<Cell>, peer: Peer) -> Self {
        Self { cell, peer }
    }

    /// The address at the other end; `None` for a Unix socket. Behind a load balancer that speaks
    /// the PROXY protocol it is the balancer's in `on_connect`, which runs before anything is
    /// read, and the client's from the first request on.
    #[must_use]
    pub fn client(&self) -> Option<SocketAddr> {
        let proxied = self.cell.lock().connection.proxied().map(|proxied| proxied.source);
        proxied.or_else(|| self.peer.address())
    }

    /// The context of the worker that serves it.
    #[must_use]
    pub fn worker(&self) -> WorkerContext {
        WorkerContext::new(Arc::clone(self.cell.home()))
    }
}

impl Deref for ConnectionContext {
    type Target = Extensions;

    fn deref(&self) -> &Extensions {
        self.cell.context()
    }
}

impl FromCall for ConnectionContext {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(Self::new(Arc::clone(call.cell()), call.peer()))
    }
}

impl fmt::Debug for ConnectionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionContext").field("client", &self.client()).finish_non_exhaustive()
    }
}
