//! Moving the time of a worker: its timers, deadlines and dates, and the timers of its handlers.
//!
//! Between two moves the time of a worker runs as that of any server. During one it stands still, and
//! jumps from one timer to the next whenever the worker has nothing else to do: so a handler that
//! waits a second ten times has its ten turns within ten seconds.

use std::time::Duration;

use tokio::sync::oneshot::Sender;
use tokio::task::yield_now;
use tokio::time::{Instant, advance, pause, resume, sleep};

/// A request of a test to move the time.
#[derive(Debug)]
pub(super) struct Move {
    pub(super) by: Duration,
    /// Notified when the timers of that time have expired, and their tasks have run.
    pub(super) done: Sender<()>,
}

impl Move {
    /// Moves the time of this runtime. `is_blocked`: whether a blocking handler has a thread.
    pub(super) async fn perform(self, is_blocked: impl Fn() -> bool) {
        settle().await;
        if !self.by.is_zero() {
            move_by(self.by.min(LONGEST), is_blocked).await;
        }
        // The test may have given up.
        let _ = self.done.send(());
    }
}

async fn move_by(time: Duration, is_blocked: impl Fn() -> bool) {
    pause();
    let (end, step) = (Instant::now() + time, (time / STEPS).max(TICK));
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let next = left.min(step).max(TICK);
        // The runtime does not jump while a thread of its own runs, which may wait for the jump.
        if is_blocked() {
            advance(next).await;
            settle().await;
        } else {
            sleep(next).await;
        }
        // One tick after the end, the tasks have run whose timers expired at the end.
        if left.is_zero() {
            break;
        }
    }
    resume();
}

/// Lets the tasks run that are woken, and those that they wake.
async fn settle() {
    for _ in 0..ROUNDS {
        yield_now().await;
    }
}

/// The parts in which a move is done, at most.
const STEPS: u32 = 64;

/// A year: an instant has bounds.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);

/// The resolution of tokio's timers.
const TICK: Duration = Duration::from_millis(1);

/// More rounds than tasks wake each other in a row.
const ROUNDS: usize = 32;
