//! An identifier for each request, as middleware of an application or of a part of it.

use crate::application::{Application, Middleware};
use crate::request_id::{PRIORITY, make, send_back};

/// Gives each request a [`RequestId`](crate::RequestId), sends it back in `X-Request-Id`, and puts
/// it into the access log.
///
/// What one of the `trusted_proxies` sends in `X-Request-Id` is taken if it is 1 to 128 letters,
/// digits, `-`, `_`, `.`, `=`, `+` or `/`; otherwise it is a new one of 32 hexadecimal digits. It is
/// there before other middleware runs, wherever its line stands. The option `request_ids` does the same for
/// the whole server.
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
        application.on_request_at(PRIORITY, make).on_response_at(PRIORITY, send_back)
    }
}
