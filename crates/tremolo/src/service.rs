//! The handler that calls a service: one clone of it for each request, ready before it is called.

use std::fmt;
use std::future::poll_fn;

use http::StatusCode;
use tower_service::Service;
use tremolo_core::RouteSetting;

use crate::error::{BoxError, HttpError, Result};
use crate::extract::Call;
use crate::handler::{Handler, erase};
use crate::marker;
use crate::mount::{Mount, Mounted};
use crate::reply::{Answer, Reply};
use crate::tower::{TowerBody, Upgrade, answer_of, failure, request_of};

/// A `tower` service (for instance an axum `Router`) to be mounted, or to be the handler of a
/// route.
///
/// Mounted below a prefix it sees the path behind the prefix, `/` if nothing is left of it; the
/// whole one is in the extensions as [`OriginalUri`](crate::tower::OriginalUri), beside the other end of
/// the connection as [`ClientAddress`](crate::tower::ClientAddress) and our own
/// [`Request`](crate::Request). Mounted at `/` it serves whatever has no route.
///
/// It is cloned for each request, and called when `poll_ready` is ready. Its futures stay in the
/// task of their connection and need not be `Send`; it is shared by all workers, so that it is
/// `Clone + Send + Sync` itself. Its response is sent as it is: status, fields, the body
/// piece by piece as the client takes it. The length of a body whose `size_hint` is exact becomes
/// its `Content-Length`; a body that is longer or shorter than declared, or fails, is cut so that
/// the client can tell. Trailers go with the end of a body in chunks: one without an exact length,
/// or whose head announces them in `Trailer`. An error of the service is a 500. Its time, the body
/// included, is `app_handler_timeout`, like that of any other handler.
///
/// With the feature `axum` of this crate a router finds what axum's own server gives it: the
/// extractors `ConnectInfo<SocketAddr>` (but for a Unix socket) and `OriginalUri` work, and so do
/// `axum::extract::ws` and other services that take hyper's `OnUpgrade`. After the `101` the
/// connection belongs to the service: it has no deadline, and closes when the service drops it, or
/// when the server has stopped for `shutdown_timeout`. Without the feature a `101` is answered with
/// 501 and a line in the log.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use tremolo::{Application, TowerService};
///
/// let router = Router::new().route("/hello", get(async || "Hello from axum!"));
/// # let _ =
/// Application::new()
///     .route("/hello", async || "Hello World!")
///     .mount("/api", TowerService::new(router)) // answers at /api/hello
/// # ;
/// ```
///
/// `tower` layers go around the service before it is wrapped, be it that of a prefix or that of one
/// route. Handlers of this crate are no services: they use the connection themselves, and have
/// [`Application::on_request`](crate::Application::on_request) and
/// [`on_response`](crate::Application::on_response) around them.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use tower_layer::{Layer, layer_fn};
/// use tremolo::{Application, TowerService};
///
/// // For instance `tower::limit::ConcurrencyLimitLayer::new(10)`.
/// let layer = layer_fn(|service| service);
/// let router = Router::new().route("/report", get(async || "all is well"));
/// # let _ =
/// Application::new().route("/report", TowerService::new(layer.layer(router)))
/// # ;
/// ```
#[derive(Clone, Copy)]
#[must_use = "it serves when it is mounted"]
pub struct TowerService<S> {
    service: S,
    body_limit: Option<u64>,
}

impl<S> TowerService<S> {
    /// Wraps a service.
    pub fn new(service: S) -> Self {
        Self { service, body_limit: None }
    }

    /// Sets another limit than `client_max_body_size` for the bodies that the service reads, in
    /// bytes. Limits of its own, such as axum's of 2 MiB, stay.
    pub fn with_body_limit(self, bytes: u64) -> Self {
        Self { body_limit: Some(bytes), ..self }
    }
}

impl<S> Mount for TowerService<S>
where
    Self: Handler<marker::Service>,
{
    fn into_mounted(self) -> Result<Mounted> {
        Ok(Mounted::new(erase(self)))
    }
}

#[diagnostic::do_not_recommend]
impl<S, B> Handler<marker::Service> for TowerService<S>
where
    S: Service<http::Request<TowerBody>, Response = http::Response<B>>,
    S: Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    B: http_body::Body + 'static,
    B::Error: Into<BoxError>,
{
    async fn call(&self, call: Call) -> Answer {
        self.serve(call).await.unwrap_or_else(Reply::into_answer)
    }
}

impl<S> TowerService<S> {
    async fn serve<B>(&self, mut call: Call) -> Result<Answer, HttpError>
    where
        S: Service<http::Request<TowerBody>, Response = http::Response<B>> + Clone,
        S::Error: Into<BoxError>,
        B: http_body::Body + 'static,
        B::Error: Into<BoxError>,
    {
        if let Some(bytes) = self.body_limit {
            // An exchange that is over has no body.
            let _ = call.apply(&RouteSetting::BodyLimit(bytes));
        }
        let mut request = request_of(&mut call)?;
        let upgrade = Upgrade::offer(&mut request).await;
        let response = call.response();
        drop(call);
        let mut service = self.service.clone();
        poll_fn(|cx| service.poll_ready(cx)).await.map_err(failure)?;
        let answered = service.call(request).await.map_err(failure)?;
        // What it holds, a permit for instance, is not held while the body is sent.
        drop(service);
        // What it holds is dropped here, unless the protocol is switched.
        let is_switched = answered.status() == StatusCode::SWITCHING_PROTOCOLS;
        if let Some(upgrade) = is_switched.then_some(upgrade) {
            let Some(upgrade) = upgrade else {
                tracing::warn!("a service has switched protocols, and cannot: answered with 501");
                return Err(HttpError::new(501));
            };
            return upgrade.accept(&response, answered.headers()).await;
        }
        answer_of(response, answered).await
    }
}

impl<S> fmt::Debug for TowerService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TowerService({})", std::any::type_name::<S>())
    }
}
