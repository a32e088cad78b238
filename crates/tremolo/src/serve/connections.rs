//! The table of the connections of one worker.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

use slab::Slab;
use tokio::sync::Notify;
use tremolo_core::{CloseReason, Config, Connection, Settings};
use tremolo_net::{Admission, Peer};

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
    place: usize,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let shared = self.connections.table.borrow_mut().entries.try_remove(self.place);
        self.connections.ended.notify_one();
        let Some(shared) = shared else { return };
        if std::thread::panicking() {
            close_after_panic(&shared);
        }
        let reason = shared.lock().connection.close_reason();
        shared.worker().own_monitor().counters.closed(reason);
    }
}

#[derive(Debug)]
struct Table {
    entries: Slab<Arc<SharedConnection>>,
    admission: Admission,
}

impl Connections {
    /// A table for at most this number of open connections.
    pub(super) fn new(config: &Config, max_connections: usize) -> Self {
        let admission = Admission::new(config, max_connections);
        let table = Table { entries: Slab::new(), admission };
        Self { table: RefCell::new(table), ended: Notify::new() }
    }

    /// The engine of a connection that was accepted.
    pub(super) fn begin(&self, settings: Arc<Settings>, peer: Peer) -> Connection {
        self.table.borrow().admission.begin(settings, peer, &clock::now())
    }

    /// Adds a connection; it counts until the guard is dropped.
    pub(super) fn add(this: &Rc<Self>, shared: Arc<SharedConnection>) -> Guard {
        shared.worker().own_monitor().counters.accepted();
        let mut table = this.table.borrow_mut();
        let place = table.entries.insert(shared);
        let open = table.entries.len();
        if table.admission.arrived(open) {
            table.close_idle();
        }
        drop(table);
        Guard { connections: Rc::clone(this), place }
    }

    /// Closes the idle connections and lets the others finish; later connections too.
    pub(super) fn drain(&self) {
        self.table.borrow_mut().admission.drain();
        self.for_each(|shared| {
            let mut state = shared.lock();
            state.connection.drain(&clock::now());
            state.wake_driver();
        });
    }

    /// Whether another connection may be accepted.
    pub(super) fn has_room(&self) -> bool {
        let table = self.table.borrow();
        table.admission.has_room(table.entries.len())
    }

    pub(super) fn for_each(&self, mut act: impl FnMut(&Arc<SharedConnection>)) {
        self.table.borrow().entries.iter().for_each(|(_, shared)| act(shared));
    }

    /// Waits until a connection has ended.
    pub(super) async fn one_ended(&self) {
        self.ended.notified().await;
    }

    /// Waits until all have ended.
    pub(super) async fn all_ended(&self) {
        while !self.table.borrow().entries.is_empty() {
            self.one_ended().await;
        }
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
    /// Closes the connections that were idle longest, if there are too many.
    fn close_idle(&self) {
        let entries = self.entries.iter();
        let idle = entries
            .filter_map(|(_, shared)| Some((shared.lock().connection.idle_until()?, shared)));
        for shared in self.admission.surplus(idle.collect()) {
            let mut state = shared.lock();
            state.connection.close_idle();
            state.wake_driver();
        }
    }
}
