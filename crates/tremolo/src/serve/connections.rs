//! The table of the connections of one worker.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::task::Waker;

use slab::Slab;
use tokio::sync::Notify;
use tremolo_core::{CloseReason, Config, Connection, Settings};
use tremolo_net::{Admission, Handshakes, Peer};

use super::places::HeldPlace;
use crate::clock;
use crate::shared_connection::SharedConnection;

/// A table of connections; free places are reused.
#[derive(Debug)]
pub(super) struct Connections {
    table: RefCell<Table>,
    /// Notified whenever a connection has ended.
    ended: Notify,
}

/// The place of a connection in the table.
#[derive(Debug)]
pub(super) struct Guard {
    connections: Rc<Connections>,
    index: usize,
    /// Free again with this.
    _place: HeldPlace,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let shared = self.connections.table.borrow_mut().entries.try_remove(self.index);
        self.connections.ended.notify_one();
        let Some(shared) = shared else { return };
        if std::thread::panicking() {
            close_after_panic(&shared);
        }
        let reason = shared.lock().connection.peek().close_reason();
        shared.worker().own_monitor().counters.closed(reason);
    }
}

#[derive(Debug)]
struct Table {
    entries: Slab<Arc<SharedConnection>>,
    admission: Admission,
    handshakes: Handshakes<Weak<SharedConnection>>,
}

impl Connections {
    /// A table for a worker that has so many connections open on average, if all places are taken.
    pub(super) fn new(config: &Config, share: usize) -> Self {
        let admission = Admission::new(config);
        let handshakes = Handshakes::new(config, share);
        let table = Table { entries: Slab::new(), admission, handshakes };
        Self { table: RefCell::new(table), ended: Notify::new() }
    }

    /// The engine of a connection that was accepted.
    pub(super) fn begin(&self, settings: Arc<Settings>, peer: Peer) -> Connection {
        self.table.borrow().admission.begin(settings, peer, &clock::now())
    }

    /// Adds a connection; it counts until the guard is dropped.
    pub(super) fn add(this: &Rc<Self>, shared: Arc<SharedConnection>, place: HeldPlace) -> Guard {
        shared.worker().own_monitor().counters.accepted();
        let mut table = this.table.borrow_mut();
        if shared.lock().connection.peek().is_handshaking() {
            table.limit_handshakes(&shared);
        }
        let index = table.entries.insert(shared);
        let open = table.entries.len();
        if table.admission.arrived(open) {
            table.close_idle();
        }
        drop(table);
        Guard { connections: Rc::clone(this), index, _place: place }
    }

    /// Lets current requests finish, and closes idle connections after a grace; later ones too.
    pub(super) fn drain(&self) {
        self.table.borrow_mut().admission.drain();
        self.for_each(|shared| {
            let mut state = shared.lock();
            state.connection.drain(&clock::now());
            state.wake_driver();
        });
    }

    pub(super) fn for_each(&self, mut act: impl FnMut(&Arc<SharedConnection>)) {
        self.table.borrow().entries.iter().for_each(|(_, shared)| act(shared));
    }

    /// Waits until all have ended.
    pub(super) async fn all_ended(&self) {
        while !self.table.borrow().entries.is_empty() {
            self.ended.notified().await;
        }
    }

    /// The number of requests that are not complete.
    pub(super) fn unfinished(&self) -> usize {
        let table = self.table.borrow();
        let busy = |shared: &Arc<SharedConnection>| shared.lock().connection.peek().is_busy();
        table.entries.iter().filter(|(_, shared)| busy(shared)).count()
    }
}

/// The task of a connection has panicked, in the `Drop` of a value of the user. Handles in other
/// tasks are notified that the connection is closed.
#[cold]
fn close_after_panic(shared: &SharedConnection) {
    tracing::error!("the task of a connection panicked");
    let mut state = shared.lock();
    state.connection.abort(CloseReason::ResponseCut);
    let now = clock::now().instant;
    let counters = &shared.worker().own_monitor().counters;
    counters.turn_ended(&mut state.connection, now, || now);
    state.wake_all(Waker::noop());
}

impl Table {
    /// Adds a connection whose handshake begins, and closes the oldest ones if there are too many.
    fn limit_handshakes(&mut self, shared: &Arc<SharedConnection>) {
        let is_handshaking = |begun: &Weak<SharedConnection>| {
            begun.upgrade().is_some_and(|shared| shared.lock().connection.peek().is_handshaking())
        };
        let surplus = self.handshakes.begun(Arc::downgrade(shared), is_handshaking);
        for shared in surplus.filter_map(|begun| begun.upgrade()) {
            let mut state = shared.lock();
            state.connection.encryption().close_handshake();
            state.wake_driver();
        }
    }

    /// Closes the connections that were idle longest, if there are too many.
    fn close_idle(&self) {
        let entries = self.entries.iter();
        let idle = entries.filter_map(|(_, shared)| {
            Some((shared.lock().connection.peek().idle_until()?, shared))
        });
        for shared in self.admission.surplus(idle.collect()) {
            let mut state = shared.lock();
            state.connection.close_idle();
            state.wake_driver();
        }
    }
}
