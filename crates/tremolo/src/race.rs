//! Waiting for the first of two futures.
//!
//! `tokio::select!` is a procedural macro: with the crates that it needs it would be a twelfth of
//! the processor time of a first build.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// The output of the future that was ready first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Winner<A, B> {
    First(A),
    Second(B),
}

/// Awaits two futures until one is ready, and drops both. The first is polled first.
pub(crate) async fn race<A: Future, B: Future>(
    first: A,
    second: B,
) -> Winner<A::Output, B::Output> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(|cx| match first.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Winner::First(output)),
        Poll::Pending => second.as_mut().poll(cx).map(Winner::Second),
    })
    .await
}

/// Awaits a future, or forever if `condition` is false.
pub(crate) async fn only_if<F: Future>(condition: bool, future: F) -> F::Output {
    match condition {
        true => future.await,
        false => pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use super::*;
    use crate::blocking::block_on;

    #[test]
    fn the_first_future_wins_if_both_are_ready() {
        assert_eq!(block_on(race(ready(1), ready("a"))), Winner::First(1));
        assert_eq!(block_on(race(pending::<u8>(), ready("a"))), Winner::Second("a"));
        assert_eq!(block_on(race(ready(1), pending::<u8>())), Winner::First(1));
    }

    #[test]
    fn a_future_whose_condition_is_false_is_never_ready() {
        let refused = only_if(false, ready(1));
        assert_eq!(block_on(race(refused, only_if(true, ready(2)))), Winner::Second(2));
    }
}
