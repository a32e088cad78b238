//! Threads that fetch what is to be sent and is not in the page cache.
//!
//! A cold disk holds up the connection that reads from it, and nobody else. The threads are few,
//! start when there is something to fetch, end when there is nothing, and know nothing of Python.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tremolo_files::OpenFile;

use super::slab::ConnectionId;
use super::waker::Waker;

/// The part of a file that a connection sends next.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) file: Arc<OpenFile>,
    pub(super) offset: u64,
    pub(super) length: u64,
}

#[derive(Debug)]
pub(super) struct Fetcher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    work: Mutex<Work>,
    waker: Waker,
}

#[derive(Debug, Default)]
struct Work {
    wanted: VecDeque<(ConnectionId, Wanted)>,
    fetched: Vec<ConnectionId>,
    threads: usize,
}

impl Fetcher {
    pub(super) fn new(waker: Waker) -> Self {
        Self { shared: Arc::new(Shared { work: Mutex::default(), waker }) }
    }

    /// Has a part of a file fetched; the waker wakes when it is there.
    pub(super) fn fetch(&self, id: ConnectionId, wanted: Wanted) {
        let mut work = self.shared.lock();
        work.wanted.push_back((id, wanted));
        if work.threads == MAX_THREADS {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let builder = thread::Builder::new().name("tremolo-fetch".to_owned());
        match builder.spawn(move || shared.run()) {
            Ok(_) => work.threads += 1,
            // Then the send itself waits for the disk, which is slow and not wrong.
            Err(_) if work.threads == 0 => {
                let Work { wanted, fetched, .. } = &mut *work;
                fetched.extend(wanted.drain(..).map(|(id, _)| id));
                let _ = self.shared.waker.wake();
            }
            Err(_) => {}
        }
    }

    /// Who has what it wanted; or never will, which the send then finds out.
    pub(super) fn take_fetched(&self) -> Vec<ConnectionId> {
        std::mem::take(&mut self.shared.lock().fetched)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        loop {
            let mut work = self.lock();
            let Some((id, Wanted { file, offset, length })) = work.wanted.pop_front() else {
                work.threads -= 1;
                return;
            };
            drop(work);
            // What cannot be read fails again when it is sent, where it is answered for.
            let _ = file.warm(offset, length);
            self.lock().fetched.push(id);
            // Without a waker nobody is there to be told.
            let _ = self.waker.wake();
        }
    }
}

/// Enough to keep a disk busy.
const MAX_THREADS: usize = 4;
