//! One timer per connection, which wakes its task.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::Context;
use std::time::Instant;

use tokio::task::unconstrained;
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
        let Some(sleep) = &mut self.sleep else { return };
        // It is polled once. In a task that has used up its budget that would not set the timer.
        if pin!(unconstrained(sleep.as_mut())).poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;
    use std::time::Duration;

    use tokio::task::coop::consume_budget;
    use tokio::time::{Instant, timeout};

    use super::*;

    /// The timer of a task whose budget is used up was not set: `Sleep` wakes the task then, and
    /// expects to be polled again.
    #[tokio::test(start_paused = true)]
    async fn a_task_that_has_used_up_its_budget_is_woken_in_time() {
        let (at, mut timer) = (Instant::now() + Duration::from_secs(1), Timer::default());
        let mut is_armed = false;
        let woken = poll_fn(|cx| {
            if !std::mem::replace(&mut is_armed, true) {
                while pin!(consume_budget()).poll(cx).is_ready() {}
                timer.wake_at(at.into_std(), cx);
            }
            if Instant::now() < at { Poll::Pending } else { Poll::Ready(Instant::now()) }
        });
        let woken = timeout(Duration::from_secs(60), woken).await.unwrap();
        assert!(woken - at < Duration::from_secs(1), "{:?} too late", woken - at);
    }
}
