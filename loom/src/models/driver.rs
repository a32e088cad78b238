//! The driver of a connection, and handles on other threads: `shared_connection` of the Rust front.

use std::future::poll_fn;
use std::task::{Context, Poll};

use loom::future::block_on;
use loom::sync::{Arc, Mutex};
use loom::thread;

use crate::driver_waker::DriverWaker;
use crate::waiters::Waiters;

/// The connection: a queue with room for one piece, in each direction.
#[derive(Default)]
struct State {
    driver: DriverWaker,
    readers: Waiters,
    writers: Waiters,
    /// Written by handles, and not yet flushed by the driver.
    queued: usize,
    /// Flushed by the driver.
    flushed: usize,
    /// Received by the driver, and not yet read by a handle.
    received: usize,
    /// What a handle has read.
    read: usize,
}

type Shared = Arc<Mutex<State>>;

/// Two handles write a piece each, and wait for room; the driver flushes them.
pub fn writers() {
    let shared = Shared::default();
    let handles = [(); 2].map(|()| {
        let shared = Arc::clone(&shared);
        thread::spawn(move || block_on(poll_fn(|cx| write(&shared, cx))))
    });
    block_on(poll_fn(|cx| {
        let mut state = shared.lock().unwrap();
        state.driver.wake_up(cx.waker());
        let state = &mut *state;
        state.flushed += std::mem::take(&mut state.queued);
        // There is room: the driver's own task is none of these.
        assert!(!state.writers.wake(cx.waker()));
        if state.flushed == 2 {
            return Poll::Ready(());
        }
        state.driver.sleep(cx.waker());
        Poll::Pending
    }));
    handles.into_iter().for_each(|handle| handle.join().unwrap());
}

fn write(shared: &Shared, cx: &mut Context<'_>) -> Poll<()> {
    let mut state = shared.lock().unwrap();
    if state.queued == 1 {
        state.writers.add(cx.waker());
        return Poll::Pending;
    }
    state.queued += 1;
    state.driver.wake();
    Poll::Ready(())
}

/// A handle reads two pieces. The driver receives the second one when the first one was read, which
/// it learns from the handle.
pub fn readers() {
    let shared = Shared::default();
    let reader = {
        let shared = Arc::clone(&shared);
        thread::spawn(move || (0..2).for_each(|_| block_on(poll_fn(|cx| read(&shared, cx)))))
    };
    block_on(poll_fn(|cx| {
        let mut state = shared.lock().unwrap();
        state.driver.wake_up(cx.waker());
        let state = &mut *state;
        if state.read == 2 {
            return Poll::Ready(());
        }
        if state.received == 0 {
            state.received = 1;
            assert!(!state.readers.wake(cx.waker()));
        }
        state.driver.sleep(cx.waker());
        Poll::Pending
    }));
    reader.join().unwrap();
}

fn read(shared: &Shared, cx: &mut Context<'_>) -> Poll<()> {
    let mut state = shared.lock().unwrap();
    if state.received == 0 {
        state.readers.add(cx.waker());
        return Poll::Pending;
    }
    state.received = 0;
    state.read += 1;
    state.driver.wake();
    Poll::Ready(())
}
