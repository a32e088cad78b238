//! The order in which the connections of a worker run: those that need little time come first.
//!
//! A connection whose budget was used up, or whose turn took long, waits in a queue of its worker.
//! One connection of this queue runs each time the runtime has polled its sockets, after the tasks
//! that were ready then. So a request on another connection waits for one such turn, however many
//! connections are busy.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::task::yield_now;
use tremolo_core::{Bounds, Budget};

/// When a connection may run.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Shared with the queue of the worker, from the first time that the connection waits there.
    place: Option<Rc<Cell<Place>>>,
    /// The last turn took long: the next one comes after those of other connections.
    is_heavy: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    NotQueued,
    Queued,
    /// It was taken from the queue, and its task was woken.
    Admitted,
}

impl Pace {
    /// Begins a turn. `None`: other connections run first, and the task is woken later.
    #[inline]
    pub(super) fn begin(&mut self, cx: &Context<'_>) -> Option<&'static Bounds> {
        if self.place.is_some() || self.is_heavy {
            match self.place() {
                Place::Queued => return None,
                Place::NotQueued if self.is_heavy => {
                    self.queue(cx);
                    return None;
                }
                Place::NotQueued => {}
                Place::Admitted => self.set_place(Place::NotQueued),
            }
        }
        Some(Bounds::after(ROUND.with_borrow(|round| round.used)))
    }

    /// Ends a turn. If it was over, the task is woken when the connection may run.
    #[inline]
    pub(super) fn end(&mut self, turn: &Budget, cx: &Context<'_>) {
        self.is_heavy = turn.is_heavy();
        if self.is_heavy {
            ROUND.with_borrow_mut(|round| round.spend(turn.used()));
            if turn.is_over() {
                self.queue(cx);
            }
        }
    }

    #[inline(never)]
    fn queue(&mut self, cx: &Context<'_>) {
        let place = self.place.get_or_insert_with(|| Rc::new(Cell::new(Place::NotQueued)));
        place.set(Place::Queued);
        let entry = (Rc::clone(place), cx.waker().clone());
        ROUND.with_borrow_mut(|round| round.add(entry));
    }

    fn place(&self) -> Place {
        self.place.as_ref().map_or(Place::NotQueued, |place| place.get())
    }

    fn set_place(&self, to: Place) {
        if let Some(place) = &self.place {
            place.set(to);
        }
    }
}

/// What the connections of a worker do between two polls of its sockets.
#[derive(Debug, Default)]
struct Round {
    queue: VecDeque<(Rc<Cell<Place>>, Waker)>,
    /// The time of all turns that took long.
    used: Duration,
    /// [`run`], if it waits.
    runner: Option<Waker>,
}

thread_local! {
    static ROUND: RefCell<Round> = RefCell::default();
}

impl Round {
    fn add(&mut self, entry: (Rc<Cell<Place>>, Waker)) {
        self.queue.push_back(entry);
        self.wake_runner();
    }

    fn spend(&mut self, time: Duration) {
        self.used += time;
        self.wake_runner();
    }

    fn wake_runner(&mut self) {
        if let Some(runner) = self.runner.take() {
            runner.wake();
        }
    }

    fn poll_needed(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.queue.is_empty() && self.used.is_zero() {
            self.runner = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Begins the next round: returns the connection that runs in it.
    fn next(&mut self) -> Option<Waker> {
        self.used = Duration::ZERO;
        let (place, waker) = self.queue.pop_front()?;
        place.set(Place::Admitted);
        Some(waker)
    }
}

/// Lets the connections of the queue run, one in each round; a task of each worker.
pub(super) async fn run() {
    // A worker that starts again does so on the same thread.
    ROUND.with_borrow_mut(|round| *round = Round::default());
    loop {
        poll_fn(|cx| ROUND.with_borrow_mut(|round| round.poll_needed(cx))).await;
        // The runtime wakes this task again after it has polled its sockets.
        yield_now().await;
        let next = ROUND.with_borrow_mut(Round::next);
        if let Some(waker) = next {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn over() -> Budget {
        let mut budget = Budget::default();
        budget.begin(&Bounds::CONNECTION);
        budget.spend_written(usize::MAX);
        budget
    }

    fn is_first(pace: &mut Pace) -> bool {
        pace.begin(&Context::from_waker(Waker::noop())).is_some()
    }

    fn next() -> bool {
        ROUND.with_borrow_mut(Round::next).is_some()
    }

    #[test]
    fn a_connection_whose_turn_was_over_goes_on_when_it_is_admitted() {
        let cx = &Context::from_waker(Waker::noop());
        let (mut busy, mut other) = (Pace::default(), Pace::default());
        assert!(is_first(&mut busy));
        busy.end(&over(), cx);
        // Its socket may wake it as often as it likes.
        assert!(!is_first(&mut busy) && !is_first(&mut busy) && is_first(&mut other));
        assert!(next() && !next(), "it waits once");
        assert!(is_first(&mut busy));
        // A short turn: from now on it is treated like any other connection.
        busy.end(&Budget::default(), cx);
        assert!(is_first(&mut busy) && !next());
    }

    #[test]
    fn a_heavy_connection_that_waits_for_its_socket_is_queued_when_it_is_woken() {
        let cx = &Context::from_waker(Waker::noop());
        let mut budget = Budget::default();
        budget.begin(&Bounds::CONNECTION);
        let start = Instant::now();
        budget.spend_piece(start, 1);
        budget.pass(start + Duration::from_micros(499));
        let mut pace = Pace::default();
        pace.end(&budget, cx);
        assert!(!next(), "nothing is left to do for it");
        assert!(!is_first(&mut pace) && next() && is_first(&mut pace));
    }

    #[test]
    fn turns_are_short_after_others_have_used_the_time() {
        let cx = &Context::from_waker(Waker::noop());
        let mut budget = Budget::default();
        budget.begin(&Bounds::CONNECTION);
        let start = Instant::now();
        budget.spend_piece(start, 1);
        budget.pass(start + Bounds::CONNECTION.time);
        Pace::default().end(&budget, cx);
        assert_eq!(Pace::default().begin(cx), Some(&Bounds::SHORT));
        assert!(next());
        assert_eq!(Pace::default().begin(cx), Some(&Bounds::CONNECTION));
    }
}
