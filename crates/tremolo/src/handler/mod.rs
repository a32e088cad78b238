//! Handlers: any function whose arguments are extractors and whose result is a reply.

mod blocking;
mod function;
mod setting;
mod tuples;
mod with;
mod wrapped;

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tremolo_core::RouteSetting;
use tremolo_core::routing::MethodTable;

pub use self::blocking::{BlockingHandler, blocking};
pub use self::function::{Function, Shared};
use self::setting::Setting;
pub use self::setting::With;
pub(crate) use self::wrapped::Chain;
pub use self::wrapped::Wrapped;
use crate::extract::Call;
use crate::next::{AnyHandler, HandlerFuture, SharedHandler, Step};
use crate::reply::Answer;
use crate::requirements::Requirements;
use crate::status::Status;
use crate::tower::TowerLayer;

/// A function that answers requests: `async fn`, an async closure, or a plain function or closure
/// that returns a reply at once (a `stream!`, for instance). Its arguments are extractors, in any
/// number up to eight and in any order; its result is a [`Reply`](crate::Reply). One that blocks is
/// made by [`blocking()`].
///
/// The handler is shared by all workers, so that it is `Send + Sync`; the future it gives stays
/// in the task of its connection and need not be `Send`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler: write a function or closure of at most eight extractors, \
               which returns a reply and captures an `Arc`, a `Mutex` or an atomic instead of an \
               `Rc`, a `RefCell` or a `Cell`",
    label = "not a handler",
    note = "arguments are `Request`, `Response`, `Path<T>`, `Query<T>`, `Json<T>`, `State<T>`, …: see `FromCall`",
    note = "a reply is text, bytes, `Json(…)`, `stream! {{ … }}`, `()`, `Option`, `Result`, \
            `(StatusCode, R)`, …: see `Reply`"
)]
pub trait Handler<M>: Send + Sync + 'static {
    /// Serves one request.
    ///
    /// A handler of yours that is not a function must only make its future here, as an `async fn`
    /// does: the connection is locked while this runs, and a panic ends the connection. Everything
    /// else belongs into the future.
    fn call(&self, call: Call) -> impl Future<Output = Answer>;

    /// Serves one request, with the future on the heap, as the server keeps it. Implement it only
    /// for a handler that has such a future anyway.
    fn start<'a>(&'a self, call: Call) -> Pin<Box<dyn Future<Output = Answer> + 'a>>
    where
        M: 'a,
    {
        Box::pin(self.call(call))
    }

    /// Sets the options that the middleware before the handler can read.
    fn prepare(&self, call: &mut Call) {
        let _ = call;
    }

    /// Adds what the application must have before the server starts.
    fn requires(&self, requirements: &mut Requirements) {
        let _ = requirements;
    }

    /// The methods that it serves, if it serves only some: then it answers others with 405, and is
    /// merged with the other handlers of its path. Default: it serves every method.
    #[doc(hidden)]
    fn methods(&self) -> Option<MethodTable<()>> {
        None
    }

    /// The same handler, with another limit than `client_max_body_size` for the bodies that it,
    /// its extractors, or middleware before it, read: in bytes.
    ///
    /// Of two equal options, here and in the methods below, the first one counts: the one next to
    /// the handler.
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
    fn with_body_limit(self, bytes: u64) -> With<Self>
    where
        Self: Sized,
    {
        With::of_route(self, RouteSetting::BodyLimit(bytes))
    }

    /// The same handler, whose request bodies are decoded if they are in a content coding (gzip,
    /// br, zstd or deflate), by all that reads them, to at most `limit` bytes; a longer one is a 413,
    /// found while it is decoded. `client_max_body_size` is the limit of what is sent.
    ///
    /// Without it, extractors and forms refuse such bodies (415 with `Accept-Encoding`), and what
    /// reads bytes ([`Request::body`](crate::Request::body), `Bytes`) gives them as they were sent.
    /// With it, another coding, or more than one, is refused (415).
    ///
    /// ```
    /// use tremolo::{Application, Handler, Json};
    ///
    /// async fn sum(Json(numbers): Json<Vec<i64>>) -> String {
    ///     numbers.iter().sum::<i64>().to_string()
    /// }
    ///
    /// # let _ =
    /// Application::new().route("/sum", sum.with_decompression(16 << 20))
    /// # ;
    /// ```
    fn with_decompression(self, limit: u64) -> With<Self>
    where
        Self: Sized,
    {
        With::of_route(self, RouteSetting::Decompression(limit))
    }

    /// The same handler, with another status than 200 unless it sets one itself. With a status
    /// that cannot be sent the server does not start.
    ///
    /// ```
    /// use tremolo::{Application, Handler};
    ///
    /// async fn create() -> &'static str {
    ///     "made"
    /// }
    ///
    /// # let _ =
    /// Application::new().route("/things", create.with_status(201).with_content_type("text/plain"))
    /// # ;
    /// ```
    fn with_status<'a>(self, status: impl Into<Status<'a>>) -> With<Self>
    where
        Self: Sized,
    {
        With::of_route(self, Setting::status(status.into()))
    }

    /// The same handler, with another content type than `text/html; charset=utf-8` unless it sets
    /// one itself.
    fn with_content_type(self, content_type: impl Into<Cow<'static, str>>) -> With<Self>
    where
        Self: Sized,
    {
        With::of_route(self, Setting::content_type(content_type.into()))
    }

    /// The same handler, with a body in chunks also where its length is known (`true`), or never
    /// in chunks (`false`): see [`Response::set_chunked`](crate::Response::set_chunked).
    ///
    /// ```
    /// use tremolo::{Application, Handler};
    ///
    /// # let _ =
    /// Application::new().route("/", (async || "in one chunk").with_chunked(true))
    /// # ;
    /// ```
    fn with_chunked(self, chunked: bool) -> With<Self>
    where
        Self: Sized,
    {
        With::of_route(self, RouteSetting::Chunked(chunked))
    }

    /// The same handler, with another limit than `download_rate` for how fast its response
    /// leaves, in bytes per second: see [`Response::set_rate`](crate::Response::set_rate).
    ///
    /// ```
    /// use tremolo::{Application, Handler};
    ///
    /// # let _ =
    /// Application::new().route("/", (async || vec![0_u8; 1 << 20]).with_rate(256 << 10))
    /// # ;
    /// ```
    fn with_rate(self, bytes_per_second: u64) -> With<Self>
    where
        Self: Sized,
    {
        With::of_route(self, RouteSetting::Rate(bytes_per_second))
    }

    /// The same handler, with another size than `buffer_size` for its response: see
    /// [`Response::set_buffer_size`](crate::Response::set_buffer_size).
    fn with_buffer_size(self, bytes: usize) -> With<Self>
    where
        Self: Sized,
    {
        With::of_route(self, RouteSetting::BufferSize(bytes))
    }

    /// The same handler, whose pieces go out together (`false`), when they fill half of
    /// `buffer_size` or nothing more comes, instead of each at once: see
    /// [`Response::set_streaming`](crate::Response::set_streaming).
    ///
    /// ```
    /// use tremolo::{Application, Handler, Pieces};
    ///
    /// let rows = async || Pieces((1..=10_000).map(|number| format!("<li>{number}")));
    ///
    /// # let _ =
    /// Application::new().route("/rows", rows.with_streaming(false))
    /// # ;
    /// ```
    fn with_streaming(self, stream: bool) -> With<Self>
    where
        Self: Sized,
    {
        With::of_route(self, RouteSetting::Streaming(stream))
    }

    /// The same handler, which is given up if it has not answered in this time, its extractors
    /// included: 503 if no head has gone out, else the response is cut. It holds in place of
    /// `app_handler_timeout`, shorter or longer; what the handler streams has that one again. It
    /// counts all of the time, where `app_handler_timeout` counts time without progress.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tremolo::{Application, Handler};
    ///
    /// async fn report() -> String {
    ///     // Asks a database, for instance.
    ///     "all is well".to_owned()
    /// }
    ///
    /// # let _ =
    /// Application::new().route("/report", report.with_timeout(Duration::from_secs(2)))
    /// # ;
    /// ```
    fn with_timeout(self, time: Duration) -> With<Self>
    where
        Self: Sized,
    {
        With::new(self, Setting::Timeout(time))
    }

    /// The same handler, with a value that middleware, extractors and the handler can ask for:
    /// see [`RouteOption`](crate::RouteOption).
    fn with_option<T: Clone + Send + Sync + 'static>(self, value: T) -> With<Self>
    where
        Self: Sized,
    {
        With::new(self, Setting::typed(value))
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
    fn with_compression(self, compress: bool) -> With<Self>
    where
        Self: Sized,
    {
        With::of_route(self, RouteSetting::Compression(compress))
    }

    /// The same handler, with a handler that runs before it: see
    /// [`Application::on_request`](crate::Application::on_request). Of several calls of this and the
    /// next two methods the last one is the outermost.
    fn on_request<N: 'static>(self, middleware: impl Handler<N>) -> Wrapped
    where
        Self: Sized,
        M: 'static,
    {
        let mut requirements = Requirements::default();
        middleware.requires(&mut requirements);
        requirements.without_next();
        Wrapped::new(self, Step::before(erase(middleware))).requiring(&requirements)
    }

    /// The same handler, with middleware around it: see
    /// [`Application::around`](crate::Application::around).
    ///
    /// ```
    /// use tremolo::{Answer, Application, Handler, Next, Request};
    ///
    /// async fn cached(request: Request, next: Next) -> Answer {
    ///     next.run(request).await.with_header("Cache-Control", "max-age=60")
    /// }
    ///
    /// async fn report() -> &'static str {
    ///     "all is well"
    /// }
    ///
    /// # let _ =
    /// Application::new().route("/report", report.around(cached))
    /// # ;
    /// ```
    fn around<N: 'static>(self, middleware: impl Handler<N>) -> Wrapped
    where
        Self: Sized,
        M: 'static,
    {
        let mut requirements = Requirements::default();
        middleware.requires(&mut requirements);
        requirements.with_next();
        Wrapped::new(self, Step::around(erase(middleware))).requiring(&requirements)
    }

    /// The same handler, with a `tower` layer around it: see
    /// [`Application::layer`](crate::Application::layer).
    fn layer<B>(self, layer: impl TowerLayer<B>) -> Wrapped
    where
        Self: Sized,
        M: 'static,
    {
        Wrapped::new(self, layer.into_step())
    }
}

pub(crate) fn erase<M: 'static>(handler: impl Handler<M>) -> SharedHandler {
    Arc::new(Erased { handler, marker: PhantomData })
}

struct Erased<H, M> {
    handler: H,
    /// A function type, so that `Send` and `Sync` do not depend on the marker.
    marker: PhantomData<fn(M)>,
}

impl<H: Handler<M>, M> AnyHandler for Erased<H, M> {
    fn call(&self, call: Call) -> HandlerFuture<'_> {
        self.handler.start(call)
    }

    fn prepare(&self, call: &mut Call) {
        self.handler.prepare(call);
    }

    fn methods(&self) -> Option<MethodTable<()>> {
        self.handler.methods()
    }
}

impl<H, M> fmt::Debug for Erased<H, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::any::type_name::<H>())
    }
}
