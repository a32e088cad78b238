//! The identifier of a request: an argument of handlers, and the two pieces of middleware that make
//! it and send it back.

use std::sync::Arc;

use tremolo_core::{Error, REQUEST_ID, given_request_id, new_request_id};

use crate::error::HttpError;
use crate::extract::{Call, FromCall};
use crate::request::Request;
use crate::response::Response;

/// The identifier of a request, made by [`RequestIds`](crate::RequestIds) or the option
/// `request_ids`: an argument of handlers and middleware.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The identifier of a request, made at the first call: for its handlers, and for the access
    /// log.
    fn of(request: &Request) -> Self {
        if let Some(id) = request.extensions().get() {
            return id;
        }
        let exchange = request.exchange();
        let trusted = &exchange.config().trusted_proxies;
        let given = given_request_id(request.headers(), exchange.peer.ip(), trusted);
        let id = given.map_or_else(|| new_request_id(&request.uid(16)).into(), Arc::from);
        let id = Self(id);
        request.extensions().insert(id.clone());
        // The line of a request that is over was logged already.
        let _ = exchange.act(|exchange, _| {
            exchange.options().set_request_id(Arc::clone(&id.0));
            Ok(())
        });
        id
    }
}

/// Makes the identifier.
pub(crate) async fn make(request: Request) {
    RequestId::of(&request);
}

/// Sends it back. There is none yet if the request was malformed.
pub(crate) async fn send_back(request: Request, response: Response) -> Result<(), Error> {
    response.set_header(REQUEST_ID, RequestId::of(&request).as_str())
}

impl FromCall for RequestId {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        call.request().extensions().get().ok_or_else(|| {
            tracing::error!(
                "a handler asks for a RequestId, but neither RequestIds nor the option \
                 request_ids was set"
            );
            HttpError::internal_server_error()
        })
    }

    fn is_absent(call: &Call) -> bool {
        !call.has_extension::<Self>()
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Before middleware that may log it, and after middleware that may change the response.
pub(crate) const PRIORITY: i32 = -1_000;
