//! User code that is awaited: a panic of one handler, middleware or hook harms nobody else.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use crate::error::HttpError;

/// Awaits user code; a panic is a line in the log and a 500.
pub(crate) async fn caught<T>(
    what: &str,
    mut future: Pin<Box<dyn Future<Output = T> + '_>>,
) -> Result<T, HttpError> {
    let result = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(failed(what, panic))),
    })
    .await;
    // What it captured may panic as it goes.
    match catch_unwind(AssertUnwindSafe(|| drop(future))) {
        Ok(()) => result,
        Err(panic) => Err(failed(what, panic)),
    }
}

fn failed(what: &str, panic: Box<dyn Any + Send>) -> HttpError {
    after_panic(panic, |panic| tracing::error!(panic, "{what} panicked"));
    HttpError::internal_server_error()
}

/// Tells what a panic says and lets go of what it carries, which may panic again as it goes.
pub(crate) fn after_panic(panic: Box<dyn Any + Send>, tell: impl FnOnce(&str)) {
    let text = panic.downcast_ref::<&str>().copied();
    tell(text.or_else(|| panic.downcast_ref().map(String::as_str)).unwrap_or("no message"));
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        // It could go on like that for ever.
        let _lost = Box::leak(again);
    }
}
