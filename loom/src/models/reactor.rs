//! The loop of the Python front, and threads that wake it: `reactor/waker.rs`.

use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use crate::pending::Pending;

struct Reactor {
    pending: Pending,
    /// Whether the descriptor is readable.
    event: Mutex<bool>,
    changed: Condvar,
    /// What threads leave for the loop.
    left: Mutex<usize>,
}

/// Two threads leave something and wake the loop, which ends when it has found both.
pub fn turns() {
    let reactor = Arc::new(Reactor {
        pending: Pending::new(),
        event: Mutex::new(false),
        changed: Condvar::new(),
        left: Mutex::new(0),
    });
    let threads = [(); 2].map(|()| {
        let reactor = Arc::clone(&reactor);
        thread::spawn(move || reactor.leave())
    });
    let mut found = 0;
    // The first turn has another reason than a wake-up.
    loop {
        found += reactor.collect();
        if found == 2 {
            break;
        }
        reactor.wait();
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

impl Reactor {
    fn leave(&self) {
        *self.left.lock().unwrap() += 1;
        // `Waker::wake`: the second step is the system call.
        if self.pending.set() {
            *self.event.lock().unwrap() = true;
            self.changed.notify_one();
        }
    }

    /// `Reactor::collect`: polls, clears, looks.
    fn collect(&self) -> usize {
        *self.event.lock().unwrap() = false;
        self.pending.clear();
        std::mem::take(&mut *self.left.lock().unwrap())
    }

    /// The event loop sleeps until the descriptor is readable.
    fn wait(&self) {
        let mut event = self.event.lock().unwrap();
        while !*event {
            event = self.changed.wait(event).unwrap();
        }
    }
}
