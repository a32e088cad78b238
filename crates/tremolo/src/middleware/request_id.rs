//! An identifier for each request, so that the lines of several programs' logs can be put together.

use std::sync::Arc;

use crate::application::{Application, Middleware};
use crate::error::HttpError;
use crate::extract::{Call, FromCall};
use crate::request::Request;
use crate::response::Response;

/// Gives each request a [`RequestId`], sends it back in `X-Request-Id`, and puts it into the access
/// log.
///
/// What the client sends in `X-Request-Id` is taken if it is 1 to 128 letters, digits, `-`, `_`,
/// `.`, `=`, `+` or `/`; otherwise it is a new one of 32 hexadecimal digits. It is there before
/// other middleware runs (priority -1 000).
///
/// ```
/// use tremolo::{Application, RequestId, RequestIds};
///
/// # let _ =
/// Application::new()
///     .middleware(RequestIds::new())
///     .route("/", async |id: RequestId| format!("this is request {id}"))
/// # ;
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "it does nothing until it is added to an application"]
pub struct RequestIds;

impl RequestIds {
    /// Identifiers in `X-Request-Id`.
    pub fn new() -> Self {
        Self
    }
}

impl Middleware for RequestIds {
    fn add_to(self, application: Application) -> Application {
        application
            .on_request_with(FIRST, async |request: Request| {
                RequestId::of(&request);
            })
            .on_response_with(FIRST, async |request: Request, response: Response| {
                // There is none yet if the request was malformed.
                let known = request.extensions().get();
                let RequestId(id) = known.unwrap_or_else(|| RequestId::of(&request));
                response.set_header(FIELD, &*id)
            })
    }
}

/// The identifier of a request, made by [`RequestIds`]: an argument of handlers and middleware.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The identifier.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes the identifier of a request: for its handlers, and for the access log.
    fn of(request: &Request) -> Self {
        let known = request.header(FIELD).filter(|id| is_sound(id));
        let id = Self(known.map_or_else(|| fresh(request), Arc::from));
        request.extensions().insert(id.clone());
        // The line of a request that is over was logged already.
        let _ = request.exchange().act(|exchange, _| {
            exchange.options().set_request_id(Arc::clone(&id.0));
            Ok(())
        });
        id
    }
}

impl FromCall for RequestId {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        call.request().extensions().get().ok_or_else(|| {
            tracing::error!("a handler asks for a RequestId, but RequestIds was not added");
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

/// Whether it may go into logs and heads as it is.
fn is_sound(id: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=+/".contains(&byte);
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(sound)
}

fn fresh(request: &Request) -> Arc<str> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 0xf)]);
    let bytes = request.uid(16);
    let digits: String =
        bytes.into_iter().flat_map(|byte| [digit(byte >> 4), digit(byte)]).collect();
    digits.into()
}

const FIELD: &str = "X-Request-Id";
/// Bytes of an identifier that is taken from a client.
const LONGEST: usize = 128;
/// Before middleware that may log it, and after middleware that may change the response.
const FIRST: i32 = -1_000;
