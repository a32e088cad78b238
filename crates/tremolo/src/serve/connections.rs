//! The table of the connections of one worker.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

use slab::Slab;
use tokio::sync::Notify;
use tremolo_core::{CloseReason, Config, Connection, Settings};
use tremolo_net::{Admission, Peer};

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
    admission: Admission,
}

impl Connections {
    pub(super) fn new(config: &Config) -> Self {
        let table = Table { entries: Slab::new(), admission: Admission::new(config) };
        Self { table: RefCell::new(table), ended: Notify::new() }
    }

    /// The engine of a connection that was accepted.
    pub(super) fn begin(&self, settings: Arc<Settings>, peer: Peer) -> Connection {
        self.table.borrow().admission.begin(settings, peer, &clock::now())
    }

    /// Adds a connection; it counts until the guard is dropped.
    pub(super) fn add(this: &Rc<Self>, shared: Arc<SharedConnection>, place: HeldPlace) -> Guard {
        let mut table = this.table.borrow_mut();
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
        let busy = |shared: &Arc<SharedConnection>| shared.lock().connection.is_busy();
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
