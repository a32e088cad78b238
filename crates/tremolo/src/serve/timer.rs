//! One timer per connection. It is armed only for an earlier deadline, so that a deadline that
//! moves to later costs nothing.

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
    /// Whether it has fired; it is unarmed then.
    pub(super) fn has_fired(&mut self, now: &Now) -> bool {
        self.armed.take_if(|at| *at <= now.instant).is_some()
    }

    /// Lets `has_fired` return true once more.
    pub(super) fn fire_again(&mut self, now: &Now) {
        self.armed = Some(now.instant);
    }

    /// Makes sure that the task is woken at the next deadline, or before.
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
