//! What the workers of a server share, and the connections of a listener.

use std::sync::Arc;

use tokio::sync::watch;
use tremolo_core::Settings;

use super::places::SharedPlaces;
use super::watch::Heartbeats;
use crate::extensions::TypeMap;
use crate::hooks::Hooks;
use crate::lock::Locks;
use crate::monitor::Monitor;
use crate::pipeline::Routes;
use crate::tls::TlsContext;

/// What all workers share.
#[derive(Debug)]
pub(super) struct WorkerSetup {
    pub(super) routes: Routes,
    pub(super) hooks: Hooks,
    pub(super) state: Arc<TypeMap>,
    pub(super) settings: Arc<Settings>,
    pub(super) locks: Locks,
    pub(super) places: Arc<SharedPlaces>,
    /// The places of one worker on average; it bounds its handshakes.
    pub(super) share: usize,
    pub(super) monitor: Arc<Monitor>,
    pub(super) heartbeats: Arc<Heartbeats>,
    /// The number of workers that serve.
    pub(super) serving: watch::Sender<usize>,
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
