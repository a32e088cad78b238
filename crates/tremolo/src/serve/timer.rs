//! One timer per connection, which wakes its task.

use std::future::Future;
use std::pin::Pin;
use std::task::Context;
use std::time::Instant;

use tokio::time::{Sleep, sleep_until};
use tremolo_core::{Connection, Now};
use tremolo_net::DeadlineTimer;

#[derive(Debug, Default)]
pub(super) struct Timer {
    deadline: DeadlineTimer,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    /// Whether it has fired; it is unarmed then.
    pub(super) fn has_fired(&mut self, now: &Now) -> bool {
        self.deadline.has_fired(now)
    }

    /// Lets `has_fired` return true once more.
    pub(super) fn fire_again(&mut self, now: &Now) {
        self.deadline.fire_again(now);
    }

    /// Makes sure that the task is woken at the next deadline, or before.
    #[inline]
    pub(super) fn arm(&mut self, connection: &mut Connection, cx: &mut Context<'_>) {
        if let Some(at) = self.deadline.arm(connection) {
            self.wake_at(at, cx);
        }
    }

    #[inline(never)]
    fn wake_at(&mut self, at: Instant, cx: &mut Context<'_>) {
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
