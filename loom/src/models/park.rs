//! A thread that blocks on a future: `blocking/park.rs` of the Rust front.

use std::future::poll_fn;
use std::task::Poll;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use crate::park;

/// A thread makes the future ready, and wakes; another one wakes for nothing.
///
/// The thread that blocks takes no lock and joins no thread: in loom a thread that waits for one of
/// these forgets that it was unparked, or ends that wait because it was.
pub fn block_on() {
    thread::spawn(block).join().unwrap();
}

fn block() {
    let is_ready = Arc::new(AtomicBool::new(false));
    let mut is_first = true;
    park::block_on(poll_fn(|cx| {
        if is_ready.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        if std::mem::take(&mut is_first) {
            for makes_ready in [true, false] {
                let (is_ready, waker) = (Arc::clone(&is_ready), cx.waker().clone());
                thread::spawn(move || {
                    if makes_ready {
                        is_ready.store(true, Ordering::Release);
                    }
                    waker.wake();
                });
            }
        }
        Poll::Pending
    }));
}
