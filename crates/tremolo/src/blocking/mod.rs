//! The handles for code that is not async: their methods block the thread instead of being awaited.
//!
//! One wrapper serves all handles. Methods that never wait are reached by `Deref`; each method that
//! waits is one line, and hides the async one of the same name.

mod lock;
mod park;
mod request;
mod response;
mod sse;
mod uploads;
mod websocket;

use std::fmt;
use std::future::Future;
use std::ops::Deref;

use tokio::runtime::Handle;

pub(crate) use self::park::block_on;
use crate::error::HttpError;
use crate::extract::{Call, FromCall};
use crate::lock::Lock;
use crate::request::Request;
use crate::requirements::Requirements;
use crate::response::Response;
use crate::sse::Sse;
use crate::websocket::WebSocket;

/// A [`Request`] whose methods block.
pub type BlockingRequest = Blocking<Request>;

/// A [`Response`] whose methods block.
pub type BlockingResponse = Blocking<Response>;

/// An [`Sse`] whose methods block.
pub type BlockingSse = Blocking<Sse>;

/// A [`WebSocket`] whose methods block, and which is an iterator of messages.
pub type BlockingWebSocket = Blocking<WebSocket>;

/// A [`Lock`] whose methods block.
pub type BlockingLock = Blocking<Lock>;

/// A handle whose methods block until they are done, instead of being awaited: for
/// [`blocking()`](crate::blocking()) handlers and threads of your own. In a task it would block all
/// other requests of the worker.
///
/// It has all the methods of the handle in it; streams are iterators.
#[derive(Clone)]
pub struct Blocking<T> {
    inner: T,
    /// The runtime of the worker: timers of the waited-for futures need it.
    runtime: Handle,
}

impl<T> Blocking<T> {
    /// The handle itself, whose methods are awaited.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// Waits on this thread.
    pub(crate) fn wait<F: Future>(&self, future: F) -> F::Output {
        let _entered = self.runtime.enter();
        block_on(future)
    }

    /// Another handle, in the same form.
    fn wrap<U>(&self, inner: U) -> Blocking<U> {
        Blocking { inner, runtime: self.runtime.clone() }
    }
}

impl<T> Deref for Blocking<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T: fmt::Debug> fmt::Debug for Blocking<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A type that a blocking handler can have as an argument: any extractor ([`FromCall`]) that may
/// go to another thread, and [`BlockingRequest`], [`BlockingResponse`], [`BlockingSse`],
/// [`BlockingWebSocket`],
/// [`BlockingLock`]. They are made before the thread is taken.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an argument of blocking handlers: write `Blocking<{Self}>` for a handle, or an \
               extractor that is `Send`, such as `Path<T>`",
    label = "not an extractor, or not `Send`",
    note = "handles are `BlockingRequest`, `BlockingResponse`, `BlockingSse`, `BlockingWebSocket`, \
            `BlockingLock`; the extractors are listed at `FromCall`"
)]
pub trait BlockingArgument: Sized + Send + 'static {
    /// Makes the value, or returns the error that answers the request.
    ///
    /// # Errors
    ///
    /// The error that answers the request; the handler is not called.
    fn for_thread(call: &mut Call) -> impl Future<Output = Result<Self, HttpError>>;

    /// Adds what the application must have before the server starts. Default: nothing.
    fn requires(requirements: &mut Requirements) {
        let _ = requirements;
    }
}

impl<T: FromCall + Send + 'static> BlockingArgument for T {
    fn for_thread(call: &mut Call) -> impl Future<Output = Result<Self, HttpError>> {
        T::from_call(call)
    }

    fn requires(requirements: &mut Requirements) {
        T::requires(requirements);
    }
}

impl<T: FromCall + Send + 'static> BlockingArgument for Blocking<T> {
    async fn for_thread(call: &mut Call) -> Result<Self, HttpError> {
        Ok(Self { inner: T::from_call(call).await?, runtime: Handle::current() })
    }

    fn requires(requirements: &mut Requirements) {
        T::requires(requirements);
    }
}

/// The arguments of a blocking handler: a tuple of up to eight of them.
pub trait BlockingArguments: Sized + Send + 'static {
    /// Makes the values, or returns the error that answers the request.
    fn for_thread(call: &mut Call) -> impl Future<Output = Result<Self, HttpError>>;

    /// Adds what the application must have before the server starts.
    fn requires(requirements: &mut Requirements);
}
