//! What a handler can ask for: the types of its arguments, in any number and any order.

mod content;
mod form;
mod header;
mod json;
mod rejection;

use std::future::Future;
use std::sync::Arc;

use tremolo_core::Config;
use tremolo_core::http1::request::RequestHead;
use tremolo_net::Peer;

pub use self::form::{Form, Query};
pub use self::header::{Cookies, Header, TypedHeader};

use crate::cell::{Cell, Exchange};
use crate::error::HttpError;
use crate::request::Request;
use crate::response::Response;
use crate::server::Server;

/// A type that a handler can have as an argument.
///
/// | argument | what it is | refusals |
/// | --- | --- | --- |
/// | [`Request`], [`Response`], [`Server`] | the handles | |
/// | [`Query<T>`] | the query, as a type | 400, 422 |
/// | [`Form<T>`], [`Json<T>`](crate::Json) | the body, as a type | 400, 413, 415, 422 |
/// | `Bytes`, `String` | the whole body | 400, 413 |
/// | [`Header<H>`](Header) | a header, as a type | 400 |
/// | [`Cookies`] | the cookies | |
/// | `Option<E>` | `None` if the request says nothing of it; malformed is still refused | those of `E` |
/// | `Result<E, HttpError>` | the value or its refusal, for the handler to decide | |
///
/// Those that read the body see the same bytes, in any number; who wants more than
/// `client_max_body_size` says so with [`Handler::with_body_limit`](crate::Handler::with_body_limit).
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
    message = "`{Self}` cannot be an argument of a handler",
    label = "no extractor",
    note = "arguments of a handler are extractors: `Request`, `Response`, `Server`, `Query<T>`, \
            `Form<T>`, `Json<T>`, `Bytes`, `String`, `Header<H>`, `Cookies`, `Option<E>`, \
            `Result<E, HttpError>`, or a type of yours that implements `FromCall`"
)]
pub trait FromCall: Sized {
    /// Makes the value, or says why the request cannot be served.
    ///
    /// # Errors
    ///
    /// The error that answers the request; the handler is not called.
    fn from_call(call: &mut Call) -> impl Future<Output = Result<Self, HttpError>>;

    /// Whether the request says nothing at all of what is wanted, so that `Option<Self>` is
    /// `None`. Default: false.
    #[must_use]
    fn is_absent(call: &Call) -> bool {
        let _ = call;
        false
    }
}

/// One call of a handler: what extractors draw from.
#[derive(Debug)]
pub struct Call {
    cell: Arc<Cell>,
    number: u64,
    head: Arc<RequestHead>,
    peer: Peer,
    /// Where what is behind the prefix of the handler begins in the path.
    rest: usize,
    /// Made when the first handle is asked for: most calls need none.
    exchange: Option<Arc<Exchange>>,
}

impl Call {
    pub(crate) fn new(cell: Arc<Cell>, number: u64, head: Arc<RequestHead>, peer: Peer) -> Self {
        Self { cell, number, head, peer, rest: 0, exchange: None }
    }

    pub(crate) fn behind(self, rest: usize) -> Self {
        Self { rest, ..self }
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

    pub(crate) fn config(&self) -> &Config {
        self.cell.config()
    }

    /// Sets another limit than `client_max_body_size` for the body of this request, in bytes.
    pub(crate) fn set_body_limit(&self, bytes: u64) {
        let mut state = self.cell.lock();
        if state.connection.exchange() == self.number {
            state.connection.set_body_limit(bytes);
        }
    }

    /// Whether the response may be compressed, instead of `compression`.
    pub(crate) fn set_compression(&self, compress: bool) {
        let mut state = self.cell.lock();
        if state.connection.exchange() == self.number {
            // An error means that there is no response any more.
            let _ = state.connection.set_compression(compress);
        }
    }

    fn exchange(&mut self) -> Arc<Exchange> {
        let Self { cell, number, head, peer, exchange, .. } = self;
        let made = exchange.get_or_insert_with(|| {
            Arc::new(Exchange::new(Arc::clone(cell), *number, Arc::clone(head), *peer))
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

impl FromCall for Server {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(Self::new(call.request(), call.response()))
    }
}
