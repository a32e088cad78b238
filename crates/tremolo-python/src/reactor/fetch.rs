//! Threads that read parts of files into the page cache before they are sent.
//!
//! A slow disk delays only the connection that reads from it. The threads are few, start when
//! there is something to fetch, end when there is nothing, and call no Python.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tremolo_files::Fetch;

use super::slab::ConnectionId;
use super::waker::Waker;

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
    wanted: VecDeque<(ConnectionId, Fetch)>,
    fetched: Vec<Fetched>,
    threads: usize,
}

/// A part that was fetched, and whether it could be read.
type Fetched = (ConnectionId, bool);

impl Fetcher {
    pub(super) fn new(waker: Waker) -> Self {
        Self { shared: Arc::new(Shared { work: Mutex::default(), waker }) }
    }

    /// Queues a part of a file; the waker is called when it is in the page cache.
    pub(super) fn fetch(&self, id: ConnectionId, wanted: Fetch) {
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
                fetched.extend(wanted.drain(..).map(|(id, _)| (id, true)));
                let _ = self.shared.waker.wake();
            }
            Err(_) => {}
        }
    }

    /// The connections whose part was fetched, or cannot be read.
    pub(super) fn take_fetched(&self) -> Vec<Fetched> {
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
            let Some((id, wanted)) = work.wanted.pop_front() else {
                work.threads -= 1;
                return;
            };
            drop(work);
            let is_readable = wanted.run().is_ok();
            self.lock().fetched.push((id, is_readable));
            // This fails only if the loop is gone.
            let _ = self.waker.wake();
        }
    }
}

/// Enough to keep a disk busy.
const MAX_THREADS: usize = 4;
