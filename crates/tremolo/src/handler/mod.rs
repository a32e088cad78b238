//! Handlers: any function whose arguments are extractors and whose result is a reply.

mod body_limit;
mod compression;
mod tuples;

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

pub use self::body_limit::{BodyLimit, Limited};
pub use self::compression::{Compressing, Compression};
use crate::extract::Call;
use crate::reply::Answer;

/// A function that answers requests: `async fn`, an async closure, or a plain function or closure
/// that gives a reply at once (a `stream!`, say). Its arguments are extractors, in any number up
/// to eight and in any order; its result is a [`Reply`](crate::Reply).
///
/// The handler is shared by all workers, so that it is `Send + Sync`; the future it gives stays
/// in the task of its connection and need not be `Send`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler",
    label = "not a handler",
    note = "a handler is a function or closure, async or not, whose arguments are extractors \
            (`Request`, `Response`, `Query<T>`, `Json<T>`, …) and whose result is a reply (text, bytes, \
            `stream! {{ … }}`, `()`, `Option`, `Result`, `(StatusCode, R)`, …)"
)]
pub trait Handler<M>: Send + Sync + 'static {
    /// Serves one request.
    fn call(&self, call: Call) -> impl Future<Output = Answer>;

    /// The same handler, with another limit than `client_max_body_size` for the bodies that it,
    /// or its extractors, read: in bytes.
    ///
    /// ```
    /// use tremolo::{Application, Handler, HttpError, Request};
    ///
    /// async fn upload(request: Request) -> Result<String, HttpError> {
    ///     Ok(format!("{} bytes", request.body().await?.len()))
    /// }
    ///
    /// # let _ =
    /// Application::new().route("/upload", upload.with_body_limit(64 << 20))
    /// # ;
    /// ```
    fn with_body_limit(self, bytes: u64) -> BodyLimit<Self>
    where
        Self: Sized,
    {
        BodyLimit { handler: self, bytes }
    }

    /// The same handler, with its own answer to whether its responses are compressed for clients
    /// that accept it (gzip, br, zstd), instead of `compression`. Each piece of a stream leaves at
    /// once. What would not gain by it goes as it is: files, images, short bodies
    /// (`compression_min_size`), what is compressed already.
    ///
    /// ```
    /// use tremolo::{Application, Handler, stream};
    ///
    /// let numbers = || stream! {
    ///     for number in 1..=10_000 {
    ///         yield format!("{number}\n");
    ///     }
    /// };
    ///
    /// # let _ =
    /// Application::new().route("/numbers", numbers.with_compression(true))
    /// # ;
    /// ```
    fn with_compression(self, compress: bool) -> Compression<Self>
    where
        Self: Sized,
    {
        Compression { handler: self, compress }
    }
}

/// Marks the implementations for functions that are async.
#[derive(Debug)]
pub struct Async;

/// Marks the implementations for functions that are not.
#[derive(Debug)]
pub struct Plain;

/// The future of a running handler.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// A handler as the router keeps it.
pub(crate) trait AnyHandler: Send + Sync + fmt::Debug {
    fn call(&self, call: Call) -> Running<'_>;
}

pub(crate) fn erase<M: 'static>(handler: impl Handler<M>) -> Box<dyn AnyHandler> {
    Box::new(Erased { handler, marker: PhantomData })
}

struct Erased<H, M> {
    handler: H,
    /// A function type, so that what the marker holds has no say in `Send` and `Sync`.
    marker: PhantomData<fn(M)>,
}

impl<H: Handler<M>, M> AnyHandler for Erased<H, M> {
    fn call(&self, call: Call) -> Running<'_> {
        Box::pin(self.handler.call(call))
    }
}

impl<H, M> fmt::Debug for Erased<H, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::any::type_name::<H>())
    }
}
