//! Notices workers whose thread does not run: a handler blocks it. Such a worker serves nothing, and
//! nothing but a log line shows why.
//!
//! A thread of the server wakes a task in each worker from time to time. A task that has not run when
//! its turn comes again is reported.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use tokio::sync::Notify;

/// The heartbeats of all workers.
#[derive(Debug)]
pub(super) struct Heartbeats {
    workers: Box<[Heartbeat]>,
}

/// The heartbeat of one worker.
#[derive(Debug, Default)]
struct Heartbeat {
    wake: Notify,
    /// The worker has begun to serve.
    is_watched: AtomicBool,
    asked: AtomicU32,
    answered: AtomicU32,
    is_reported: AtomicBool,
}

/// The watching thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    _running: Sender<()>,
}

impl Heartbeats {
    pub(super) fn new(workers: usize) -> Arc<Self> {
        Arc::new(Self { workers: (0..workers).map(|_| Heartbeat::default()).collect() })
    }

    /// Watches the workers from a thread of its own.
    pub(super) fn watch(self: &Arc<Self>) -> io::Result<Watch> {
        let (running, ended) = mpsc::channel();
        let heartbeats = Arc::clone(self);
        thread::Builder::new().name("tremolo-watch".to_owned()).spawn(move || {
            while ended.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                for index in heartbeats.ask() {
                    tracing::error!(
                        worker = index,
                        "a worker does not run: a handler blocks its thread (use `blocking`)"
                    );
                }
            }
        })?;
        Ok(Watch { _running: running })
    }

    /// Answers for a worker; a task of it.
    pub(super) async fn answer(self: Arc<Self>, index: usize) {
        let Some(own) = self.workers.get(index) else { return };
        own.is_watched.store(true, Ordering::Relaxed);
        loop {
            own.answered.store(own.asked.load(Ordering::Relaxed), Ordering::Relaxed);
            own.is_reported.store(false, Ordering::Relaxed);
            own.wake.notified().await;
        }
    }

    /// Wakes the tasks of all workers. Returns the workers whose tasks have not run since the last
    /// time, each once.
    fn ask(&self) -> Vec<usize> {
        let watched = self.workers.iter().enumerate();
        let watched = watched.filter(|(_, own)| own.is_watched.load(Ordering::Relaxed));
        let hangs = watched.filter(|(_, own)| {
            let asked = own.asked.load(Ordering::Relaxed);
            if asked != own.answered.load(Ordering::Relaxed) {
                return !own.is_reported.swap(true, Ordering::Relaxed);
            }
            own.asked.store(asked.wrapping_add(1), Ordering::Relaxed);
            own.wake.notify_one();
            false
        });
        hangs.map(|(index, _)| index).collect()
    }
}

/// The time that a worker has to run a task: far longer than any turn should take.
const PERIOD: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn a_worker_that_does_not_run_is_reported_once() {
        let heartbeats = Heartbeats::new(2);
        let mut first = pin!(Arc::clone(&heartbeats).answer(0));
        let mut second = pin!(Arc::clone(&heartbeats).answer(1));
        let mut context = Context::from_waker(Waker::noop());
        assert!(heartbeats.ask().is_empty(), "none of them serves yet");
        let _ = (first.as_mut().poll(&mut context), second.as_mut().poll(&mut context));
        for _ in 0..3 {
            assert!(heartbeats.ask().is_empty());
            let _ = (first.as_mut().poll(&mut context), second.as_mut().poll(&mut context));
        }
        assert!(heartbeats.ask().is_empty());
        let _ = first.as_mut().poll(&mut context);
        assert_eq!(heartbeats.ask(), [1]);
        let _ = first.as_mut().poll(&mut context);
        assert!(heartbeats.ask().is_empty(), "it was reported");
        let _ = (first.as_mut().poll(&mut context), second.as_mut().poll(&mut context));
        assert!(heartbeats.ask().is_empty());
        let _ = first.as_mut().poll(&mut context);
        assert_eq!(heartbeats.ask(), [1], "it hangs again");
    }
}
