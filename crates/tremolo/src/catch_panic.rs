//! Panics of user code: one in a handler, a middleware or a hook ends nothing else.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use tremolo_core::escape_controls;

/// User code has panicked; the panic is in the log.
#[derive(Debug)]
pub(crate) struct Panicked;

/// Starts and awaits user code. A panic is logged, and is an error that is answered with 500.
pub(crate) async fn catch_async_panic<'a, T>(
    what: &str,
    start: impl FnOnce() -> Pin<Box<dyn Future<Output = T> + 'a>>,
) -> Result<T, Panicked> {
    let mut future = catch_panic(what, start).ok_or(Panicked)?;
    let result = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(panicked(what, panic))),
    })
    .await;
    // A value that the future captured may panic in its `Drop`.
    match catch_unwind(AssertUnwindSafe(|| drop(future))) {
        Ok(()) => result,
        Err(panic) => Err(panicked(what, panic)),
    }
}

fn panicked(what: &str, panic: Box<dyn Any + Send>) -> Panicked {
    log_panic(what, panic);
    Panicked
}

/// Calls user code, or drops a value of the user. A panic is logged.
///
/// It is for what runs outside of a handler's future. A panic in a `Drop` during the unwinding of
/// another panic aborts the process before it is caught here.
pub(crate) fn catch_panic<T>(what: &str, call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| log_panic(what, panic)).ok()
}

/// Logs the text of a panic, escaped, and drops its payload, which may panic again.
#[cold]
pub(crate) fn log_panic(what: &str, panic: Box<dyn Any + Send>) {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref().map(String::as_str)).unwrap_or("no message");
    let text = escape_controls(text);
    tracing::error!(panic = &*text, "{what} panicked");
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        // The payload of this panic could panic in its `Drop` as well, without end: it is leaked.
        let _lost = Box::leak(again);
    }
}
