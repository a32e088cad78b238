//! Blocks a thread until a future is ready.
//!
//! `loom/` runs this file with loom's threads, under every order of them.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake};

use crate::sync::{AtomicBool, Ordering, Thread, thread};

/// Polls a future until it is ready; parks the thread meanwhile.
///
/// Unlike the `block_on` of tokio it may be called inside of itself: the iterator that makes a
/// piece may block as well. So each wake-up has a flag, because the inner call could take the park
/// token of the outer one.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let sleeper = Arc::new(Sleeper { thread: thread::current(), woken: AtomicBool::new(false) });
    let waker = Arc::clone(&sleeper).into();
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        while !sleeper.woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

struct Sleeper {
    thread: Thread,
    woken: AtomicBool,
}

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // A store in place of the swap would hide what the thread of an earlier wake-up has written:
        // the swap adds to its release sequence.
        self.woken.swap(true, Ordering::Release);
        self.thread.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::sync::oneshot;

    use super::*;

    #[test]
    fn waits_for_another_thread() {
        let (sender, receiver) = oneshot::channel();
        let other = thread::spawn(move || sender.send(7));
        assert_eq!(block_on(receiver), Ok(7));
        assert_eq!(other.join().ok(), Some(Ok(())));
    }

    #[test]
    fn a_call_within_a_call_does_not_take_its_wake_up() {
        let mut first = true;
        block_on(poll_fn(|cx| {
            if !std::mem::take(&mut first) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            // Parks once, and finds the token of the outer call.
            let mut parked = false;
            block_on(poll_fn(|cx| {
                if std::mem::replace(&mut parked, true) {
                    return Poll::Ready(());
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            }));
            Poll::Pending
        }));
    }
}
