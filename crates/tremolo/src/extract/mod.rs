//! The types of the arguments of a handler, in any number and any order.

mod borrowed;
mod content;
mod context;
mod error_info;
mod form;
mod header;
mod json;
mod path;
mod rejection;
mod route_option;
mod state;

use std::future::Future;
use std::sync::Arc;

use tremolo_core::content::AcceptedCodings;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::routing::Params;
use tremolo_core::{Config, Error, ExchangeId, RouteSetting};
use tremolo_net::Peer;

pub use self::borrowed::Borrowed;
pub use self::error_info::ErrorInfo;
pub use self::form::{Form, Query};
pub use self::header::{Cookies, Header, TypedHeader};
pub use self::path::Path;
pub use self::rejection::Rejection;
pub use self::state::{SharedState, State};

use crate::clock;
use crate::error::HttpError;
use crate::path_params::PathParams;
use crate::request::Request;
use crate::requirements::Requirements;
use crate::response::Response;
use crate::server::Server;
use crate::shared_connection::{Exchange, SharedConnection};
use crate::sse::Sse;

/// A type that a handler can have as an argument.
///
/// | argument | what it is | refusals |
/// | --- | --- | --- |
/// | [`Request`], [`Response`], [`Server`] | the handles | |
/// | [`Sse`] | a stream of server-sent events | |
/// | [`WebSocket`](crate::WebSocket) | a WebSocket | 400, 403, 426 |
/// | [`Path<T>`] | the parameters of the route's path, as a type | 400, 500 |
/// | [`Query<T>`] | the query, as a type | 400, 422 |
/// | [`Form<T>`], [`Json<T>`](crate::Json) | the body, as a type | 400, 413, 415, 422 |
/// | `Bytes`, `String` | the whole body, as bytes or as text | 400, 413; `String` also 415 |
/// | [`Header<H>`](Header) | a header, as a type | 400 |
/// | [`Cookies`] | the cookies | |
/// | [`State<T>`] | what [`Application::state`](crate::Application::state) was given | |
/// | [`RouteOption<T>`](crate::RouteOption) | what [`Handler::with_option`](crate::Handler::with_option) was given | 500 |
/// | [`WorkerContext`](crate::WorkerContext), [`ConnectionContext`](crate::ConnectionContext) | values that live as long | |
/// | [`ErrorInfo`] | what went wrong, in error pages | 500 |
/// | [`Lock`](crate::Lock) | the locks of the application | |
/// | `(A, B)`, … | up to eight extractors as one | those of each |
/// | `Option<E>` | `None` if the request has nothing of it; malformed is still refused | those of `E` |
/// | `Result<E, HttpError>` | the value or its refusal, for the handler to decide | |
///
/// All arguments that read the body get the same bytes. A handler of bodies that are longer than
/// `client_max_body_size` has [`Handler::with_body_limit`](crate::Handler::with_body_limit).
///
/// ```
/// use tremolo::{Call, FromCall, HttpError};
///
/// struct Token(String);
///
/// impl FromCall for Token {
///     async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
///         let token = call.request().header("X-Token").map(str::to_owned);
///         token.map(Token).ok_or_else(HttpError::unauthorized)
///     }
/// }
///
/// async fn guarded(Token(token): Token) -> String {
///     format!("welcome, {token}")
/// }
/// # tremolo::Application::new().route("/", guarded);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an argument of handlers: write `Path<{Self}>`, `Query<{Self}>`, `Form<{Self}>`, \
               `Json<{Self}>` or `State<{Self}>`, or `impl FromCall for {Self}`",
    label = "not an extractor",
    note = "others are `Request`, `Response`, `Server`, `Sse`, `WebSocket`, `Bytes`, `String`, `Header<H>`, \
            `Cookies`, `Option<E>`, `Result<E, HttpError>`: see `FromCall`"
)]
pub trait FromCall: Sized {
    /// Makes the value, or returns the error that answers the request.
    ///
    /// # Errors
    ///
    /// The error that answers the request; the handler is not called.
    fn from_call(call: &mut Call) -> impl Future<Output = Result<Self, HttpError>>;

    /// Whether the request has nothing of the value at all, so that `Option<Self>` is `None`.
    /// Default: false.
    #[must_use]
    fn is_absent(call: &Call) -> bool {
        let _ = call;
        false
    }

    /// Adds what the application must have before the server starts. Default: nothing.
    fn requires(requirements: &mut Requirements) {
        let _ = requirements;
    }
}

/// One call of a handler, from which extractors make their values.
#[derive(Debug)]
pub struct Call {
    shared: Arc<SharedConnection>,
    id: ExchangeId,
    head: Arc<RequestHead>,
    peer: Peer,
    /// Where the path behind the prefix of the handler begins.
    rest: usize,
    /// The parameters of the route's path; moved into the exchange when it is made.
    params: Option<Box<Params>>,
    /// Made with the first handle: most calls need none.
    exchange: Option<Arc<Exchange>>,
}

impl Call {
    pub(crate) fn new(
        shared: Arc<SharedConnection>,
        id: ExchangeId,
        head: Arc<RequestHead>,
        peer: Peer,
    ) -> Self {
        Self { shared, id, head, peer, rest: 0, params: None, exchange: None }
    }

    /// The same for the handler of a route: `rest` is where the path behind its prefix begins.
    pub(crate) fn at(self, rest: usize, params: Option<Box<Params>>) -> Self {
        Self { rest, params, ..self }
    }

    /// The request.
    pub fn request(&mut self) -> Request {
        Request::new(self.exchange())
    }

    /// The response.
    pub fn response(&mut self) -> Response {
        Response::new(self.exchange())
    }

    /// The head of the request.
    pub(crate) fn head(&self) -> &RequestHead {
        &self.head
    }

    pub(crate) fn shared_head(&self) -> &Arc<RequestHead> {
        &self.head
    }

    /// The path behind the prefix that the handler is mounted at, with its slash.
    pub(crate) fn rest(&self) -> &[u8] {
        self.head.path().get(self.rest..).unwrap_or_default()
    }

    /// Where that path begins.
    pub(crate) fn prefix(&self) -> usize {
        self.rest
    }

    pub(crate) fn params(&self) -> PathParams<'_> {
        match &self.exchange {
            Some(exchange) => exchange.params(),
            None => PathParams::new(self.params.as_deref(), self.head.url()),
        }
    }

    pub(crate) fn config(&self) -> &Config {
        self.shared.config()
    }

    /// The content codings that the request may have.
    pub(crate) fn accepted_codings(&self) -> AcceptedCodings {
        if self.head.fields().get("content-encoding").is_none() {
            return AcceptedCodings::Identity;
        }
        self.act(|exchange| Ok(exchange.body().accepted_codings())).unwrap_or_default()
    }

    pub(crate) fn id(&self) -> ExchangeId {
        self.id
    }

    pub(crate) fn shared(&self) -> &Arc<SharedConnection> {
        &self.shared
    }

    /// Applies a setting of the route, before the handler runs.
    pub(crate) fn apply(&self, setting: &RouteSetting) -> Result<(), Error> {
        self.act(|exchange| setting.apply(exchange, &clock::now()))
    }

    /// Calls the engine before the handler runs.
    pub(crate) fn act<T>(
        &self,
        act: impl FnOnce(&mut tremolo_core::Exchange<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        act(&mut self.shared.lock().connection.exchange(self.id)?)
    }

    /// Whether the context of the request has a value of this type.
    pub(crate) fn has_extension<T: Clone + Send + Sync + 'static>(&self) -> bool {
        let exchange = self.exchange.as_ref();
        exchange.is_some_and(|exchange| exchange.views().extensions.get::<T>().is_some())
    }

    pub(crate) fn peer(&self) -> Peer {
        self.peer
    }

    /// Another call in the same exchange: of middleware, or of a page.
    pub(crate) fn of(exchange: &Arc<Exchange>) -> Self {
        Self {
            shared: Arc::clone(exchange.shared()),
            id: exchange.id(),
            head: Arc::clone(&exchange.head),
            peer: exchange.peer,
            rest: 0,
            params: None,
            exchange: Some(Arc::clone(exchange)),
        }
    }

    pub(crate) fn exchange(&mut self) -> Arc<Exchange> {
        let Self { shared, id, head, peer, params, exchange, .. } = self;
        let made = exchange.get_or_insert_with(|| {
            let (shared, head) = (Arc::clone(shared), Arc::clone(head));
            Arc::new(Exchange::new(shared, *id, head, *peer, params.take()))
        });
        Arc::clone(made)
    }
}

impl FromCall for Request {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(call.request())
    }
}

impl<E: FromCall> FromCall for Option<E> {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        if E::is_absent(call) { Ok(None) } else { E::from_call(call).await.map(Some) }
    }
}

impl<E: FromCall> FromCall for Result<E, HttpError> {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(E::from_call(call).await)
    }
}

impl FromCall for Response {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(call.response())
    }
}

impl FromCall for Sse {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(Self::new(call.exchange()))
    }
}

impl FromCall for Server {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(Self::new(call.request(), call.response()))
    }
}
