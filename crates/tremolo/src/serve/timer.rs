//! One timer per connection, armed late: a deadline that only moves away costs nothing.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::time::Instant;

use tokio::time::{Sleep, sleep_until};
use tremolo_core::{Connection, Deadline, Now};

#[derive(Debug, Default)]
pub(super) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    /// When `sleep` will wake the task; never later than the deadline.
    armed: Option<Instant>,
}

impl Timer {
    /// Whether it has rung; it is unarmed then.
    pub(super) fn has_rung(&mut self, now: &Now) -> bool {
        self.armed.take_if(|at| *at <= now.instant).is_some()
    }

    /// It has rung, and is to be asked again.
    pub(super) fn ring_again(&mut self, now: &Now) {
        self.armed = Some(now.instant);
    }

    /// Sees to it that the task is woken at the next deadline, or before.
    pub(super) fn arm(&mut self, connection: &mut Connection, cx: &mut Context<'_>) {
        if self.armed.is_some_and(|armed| !connection.has_deadline_before(armed)) {
            return;
        }
        let Some(Deadline { at, .. }) = connection.poll_deadline() else { return };
        self.armed = Some(at);
        match &mut self.sleep {
            Some(sleep) => sleep.as_mut().reset(at.into()),
            None => self.sleep = Some(Box::pin(sleep_until(at.into()))),
        }
        if let Some(sleep) = &mut self.sleep
            && sleep.as_mut().poll(cx).is_ready()
        {
            cx.waker().wake_by_ref();
        }
    }
}
