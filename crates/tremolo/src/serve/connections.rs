//! The connections of one worker: how many there are, and how to reach them all.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

use tokio::sync::Notify;
use tremolo_core::CloseReason;
use tremolo_net::IdleLimit;

use crate::cell::Cell;
use crate::clock;

/// A table of cells; its places are used again.
#[derive(Debug)]
pub(super) struct Connections {
    table: RefCell<Table>,
    /// Told whenever a connection has ended.
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
        let mut table = self.connections.table.borrow_mut();
        let cell = table.cells[self.place].take();
        table.free.push(self.place);
        drop(table);
        self.connections.ended.notify_one();
        if std::thread::panicking()
            && let Some(cell) = cell
        {
            give_up(&cell);
        }
    }
}

#[derive(Debug)]
struct Table {
    cells: Vec<Option<Arc<Cell>>>,
    free: Vec<usize>,
    idle: IdleLimit,
}

impl Connections {
    /// A table that keeps so many idle connections.
    pub(super) fn new(keepalive_connections: usize) -> Self {
        let idle = IdleLimit::new(keepalive_connections);
        let table = Table { cells: Vec::new(), free: Vec::new(), idle };
        let draining = std::cell::Cell::new(false);
        Self { table: RefCell::new(table), ended: Notify::new(), draining }
    }

    /// Adds a connection; it counts until the guard is dropped.
    pub(super) fn add(this: &Rc<Self>, cell: Arc<Cell>) -> Guard {
        if this.draining.get() {
            cell.lock().connection.drain(&clock::now());
        }
        let mut table = this.table.borrow_mut();
        let place = match table.free.pop() {
            Some(place) => {
                table.cells[place] = Some(cell);
                place
            }
            None => {
                table.cells.push(Some(cell));
                table.cells.len() - 1
            }
        };
        let open = table.cells.len() - table.free.len();
        if table.idle.arrived(open) {
            table.close_idle();
        }
        drop(table);
        Guard { connections: Rc::clone(this), place }
    }

    /// Closes the idle connections and lets the others finish; those that still come too.
    pub(super) fn drain(&self) {
        self.draining.set(true);
        self.for_each(|cell| {
            let mut state = cell.lock();
            state.connection.drain(&clock::now());
            state.wake_driver();
        });
    }

    pub(super) fn count(&self) -> usize {
        let table = self.table.borrow();
        table.cells.len() - table.free.len()
    }

    pub(super) fn for_each(&self, act: impl FnMut(&Arc<Cell>)) {
        self.table.borrow().cells.iter().flatten().for_each(act);
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

/// The task of a connection has panicked: a value of the user's did, as it was dropped. Handles in
/// other tasks learn that the connection is gone.
#[cold]
fn give_up(cell: &Cell) {
    tracing::error!("the task of a connection panicked");
    let mut state = cell.lock();
    state.connection.abort(CloseReason::ResponseCut);
    state.wake_all(Waker::noop());
}

impl Table {
    /// Closes those idle longest, if there are too many.
    fn close_idle(&self) {
        let cells = self.cells.iter().flatten();
        let idle = cells.filter_map(|cell| Some((cell.lock().connection.idle_until()?, cell)));
        for cell in self.idle.surplus(idle.collect()) {
            let mut state = cell.lock();
            state.connection.close_idle();
            state.wake_driver();
        }
    }
}
