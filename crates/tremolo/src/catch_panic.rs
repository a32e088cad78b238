//! User code that is awaited: a panic of one handler, middleware or hook harms nobody else.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use tremolo_core::escape_controls;

/// User code has panicked; the panic is in the log.
#[derive(Debug)]
pub(crate) struct Panicked;

/// Starts and awaits user code; a panic is a line in the log and a 500.
pub(crate) async fn catch_async_panic<'a, T>(
    what: &str,
    start: impl FnOnce() -> Pin<Box<dyn Future<Output = T> + 'a>>,
) -> Result<T, Panicked> {
    let started = catch_panic(what, start);
    let mut future = started.ok_or(Panicked)?;
    let result = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(panicked(what, panic))),
    })
    .await;
    // What it captured may panic as it goes.
    match catch_unwind(AssertUnwindSafe(|| drop(future))) {
        Ok(()) => result,
        Err(panic) => Err(panicked(what, panic)),
    }
}

fn panicked(what: &str, panic: Box<dyn Any + Send>) -> Panicked {
    log_panic(panic, |panic| tracing::error!(panic, "{what} panicked"));
    Panicked
}

/// Calls user code, or drops a value of the user; a panic is a line in the log.
///
/// It is for what runs outside of a handler's future. A panic in a `Drop` during the unwinding of
/// another panic aborts the process before it comes here.
pub(crate) fn catch_panic<T>(what: &str, call: impl FnOnce() -> T) -> Option<T> {
    let log = |panic| log_panic(panic, |panic| tracing::error!(panic, "{what} panicked"));
    catch_unwind(AssertUnwindSafe(call)).map_err(log).ok()
}

/// Logs the text of a panic, escaped, and drops what it carries, which may panic again.
pub(crate) fn log_panic(panic: Box<dyn Any + Send>, log: impl FnOnce(&str)) {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref().map(String::as_str)).unwrap_or("no message");
    log(&escape_controls(text));
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        // It could go on like that for ever.
        let _lost = Box::leak(again);
    }
}
