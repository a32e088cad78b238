//! The table of the connections of one worker.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

use slab::Slab;
use tokio::sync::Notify;
use tremolo_core::CloseReason;
use tremolo_net::IdleLimit;

use crate::clock;
use crate::shared_connection::SharedConnection;

/// A table of connections; free places are reused.
#[derive(Debug)]
pub(super) struct Connections {
    table: RefCell<Table>,
    /// Notified whenever a connection has ended.
    ended: Notify,
    draining: std::cell::Cell<bool>,
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
        if std::thread::panicking()
            && let Some(shared) = shared
        {
            close_after_panic(&shared);
        }
    }
}

#[derive(Debug)]
struct Table {
    entries: Slab<Arc<SharedConnection>>,
    idle: IdleLimit,
}

impl Connections {
    /// A table that keeps at most this number of idle connections.
    pub(super) fn new(keepalive_connections: usize) -> Self {
        let idle = IdleLimit::new(keepalive_connections);
        let table = Table { entries: Slab::new(), idle };
        let draining = std::cell::Cell::new(false);
        Self { table: RefCell::new(table), ended: Notify::new(), draining }
    }

    /// Adds a connection; it counts until the guard is dropped.
    pub(super) fn add(this: &Rc<Self>, shared: Arc<SharedConnection>) -> Guard {
        if this.draining.get() {
            shared.lock().connection.drain(&clock::now());
        }
        let mut table = this.table.borrow_mut();
        let place = table.entries.insert(shared);
        let open = table.entries.len();
        if table.idle.arrived(open) {
            table.close_idle();
        }
        drop(table);
        Guard { connections: Rc::clone(this), place }
    }

    /// Closes the idle connections and lets the others finish; later connections too.
    pub(super) fn drain(&self) {
        self.draining.set(true);
        self.for_each(|shared| {
            let mut state = shared.lock();
            state.connection.drain(&clock::now());
            state.wake_driver();
        });
    }

    pub(super) fn count(&self) -> usize {
        self.table.borrow().entries.len()
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
        while self.count() > 0 {
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
    state.wake_all(Waker::noop());
}

impl Table {
    /// Closes the connections that were idle longest, if there are too many.
    fn close_idle(&self) {
        let entries = self.entries.iter();
        let idle = entries
            .filter_map(|(_, shared)| Some((shared.lock().connection.idle_until()?, shared)));
        for shared in self.idle.surplus(idle.collect()) {
            let mut state = shared.lock();
            state.connection.close_idle();
            state.wake_driver();
        }
    }
}
