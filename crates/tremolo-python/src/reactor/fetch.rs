//! Threads that read parts of files into the page cache before they are sent.
//!
//! A slow disk delays only the connection that reads from it. The threads are few, start when
//! there is something to fetch, end when there is nothing, and call no Python.

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

    /// Queues a part of a file; the waker is called when it is in the page cache.
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
            // Without a thread the send itself waits for the disk: slow, but correct.
            Err(_) if work.threads == 0 => {
                let Work { wanted, fetched, .. } = &mut *work;
                fetched.extend(wanted.drain(..).map(|(id, _)| id));
                let _ = self.shared.waker.wake();
            }
            Err(_) => {}
        }
    }

    /// The connections whose part was fetched, or cannot be: then the send fails.
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
            // An unreadable part fails again in the send, which handles the error.
            let _ = file.warm(offset, length);
            self.lock().fetched.push(id);
            // This fails only if the loop is gone.
            let _ = self.waker.wake();
        }
    }
}

/// Enough to keep a disk busy.
const MAX_THREADS: usize = 4;
