//! What a handler can ask for: the types of its arguments, in any number and any order.

use std::future::Future;
use std::sync::Arc;

use tremolo_core::http1::request::RequestHead;
use tremolo_net::Peer;

use crate::cell::{Cell, Exchange};
use crate::error::HttpError;
use crate::request::Request;
use crate::response::Response;
use crate::server::Server;

/// A type that a handler can have as an argument.
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
    note = "arguments of a handler are extractors: `Request`, `Response`, `Server`, or a type of \
            yours that implements `FromCall`"
)]
pub trait FromCall: Sized {
    /// Makes the value, or says why the request cannot be served.
    ///
    /// # Errors
    ///
    /// The error that answers the request; the handler is not called.
    fn from_call(call: &mut Call) -> impl Future<Output = Result<Self, HttpError>>;
}

/// One call of a handler: what extractors draw from.
#[derive(Debug)]
pub struct Call {
    cell: Arc<Cell>,
    number: u64,
    head: Arc<RequestHead>,
    peer: Peer,
    /// Made when the first handle is asked for: most calls need none.
    exchange: Option<Arc<Exchange>>,
}

impl Call {
    pub(crate) fn new(cell: Arc<Cell>, number: u64, head: Arc<RequestHead>, peer: Peer) -> Self {
        Self { cell, number, head, peer, exchange: None }
    }

    /// The request.
    pub fn request(&mut self) -> Request {
        Request::new(self.exchange())
    }

    /// The response.
    pub fn response(&mut self) -> Response {
        Response::new(self.exchange())
    }

    fn exchange(&mut self) -> Arc<Exchange> {
        let Self { cell, number, head, peer, exchange } = self;
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
