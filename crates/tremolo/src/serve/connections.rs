//! The connections of one worker: how many there are, and how to reach them all.

use std::cell::RefCell;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::cell::Cell;

/// A table of cells; its places are used again.
#[derive(Debug, Default)]
pub(super) struct Connections {
    table: RefCell<Table>,
    /// Told whenever a connection has ended.
    ended: Notify,
}

#[derive(Debug, Default)]
struct Table {
    cells: Vec<Option<Arc<Cell>>>,
    free: Vec<usize>,
    /// Connections that came since the idle ones were looked through.
    unseen: usize,
}

impl Connections {
    pub(super) fn add(&self, cell: Arc<Cell>) -> usize {
        let mut table = self.table.borrow_mut();
        table.unseen += 1;
        match table.free.pop() {
            Some(place) => {
                table.cells[place] = Some(cell);
                place
            }
            None => {
                table.cells.push(Some(cell));
                table.cells.len() - 1
            }
        }
    }

    pub(super) fn remove(&self, place: usize) {
        let mut table = self.table.borrow_mut();
        if table.cells[place].take().is_some() {
            table.free.push(place);
        }
        drop(table);
        self.ended.notify_one();
    }

    pub(super) fn count(&self) -> usize {
        let table = self.table.borrow();
        table.cells.len() - table.free.len()
    }

    pub(super) fn for_each(&self, act: impl FnMut(&Arc<Cell>)) {
        self.table.borrow().cells.iter().flatten().for_each(act);
    }

    /// Closes those idle longest, so that at most `keep` idle connections remain.
    ///
    /// To look through all of them for each new one would make accepting expensive where there
    /// are many: it is done for every 64th part of `keep`, and makes as much room.
    pub(super) fn close_idle_beyond(&self, keep: usize) {
        let step = keep / 64;
        let mut table = self.table.borrow_mut();
        if table.cells.len() - table.free.len() <= keep || table.unseen <= step {
            return;
        }
        table.unseen = 0;
        let idle = table.cells.iter().flatten();
        let idle = idle.filter_map(|cell| Some((cell.lock().connection.idle_until()?, cell)));
        let mut idle: Vec<_> = idle.collect();
        if idle.len() <= keep {
            return;
        }
        let surplus = idle.len() - (keep - step);
        if surplus < idle.len() {
            idle.select_nth_unstable_by_key(surplus, |(until, _)| *until);
        }
        for (_, cell) in idle.iter().take(surplus) {
            let mut state = cell.lock();
            state.connection.close_idle();
            state.wake_driver();
        }
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
