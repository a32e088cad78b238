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
}

impl Connections {
    pub(super) fn add(&self, cell: Arc<Cell>) -> usize {
        let mut table = self.table.borrow_mut();
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
