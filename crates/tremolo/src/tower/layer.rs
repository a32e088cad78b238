//! `tower` layers as middleware.

use std::any::Any;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;
use tremolo_core::Misuse;
use tremolo_core::http1::response::ResponseHead;
use tremolo_core::routing::MethodTable;

use super::body::TowerBody;
use super::failure::failure;
use super::next_body::NextBody;
use super::next_service::{AreEvents, Held, Kept, NextService};
use super::request::request_of;
use super::response::{Kind, send_body, set};
use crate::error::{BoxError, HttpError};
use crate::extract::Call;
use crate::next::{AnyHandler, HandlerFuture, Slot, Step};
use crate::reply::{self, Answer, Reply};
use crate::response::Response;

/// A `tower` layer that can be put around handlers: see
/// [`Application::layer`](crate::Application::layer). It is implemented for every layer whose
/// service takes and gives what this crate does; programs need not implement it.
///
/// The layer is made once; its service is cloned for each request, as that of a
/// [`TowerService`](crate::TowerService) is, and so is `Clone + Send + Sync`. Its futures stay in the
/// task of their connection. Layers for requests with a body of their own kind, such as
/// `axum::middleware::from_fn`, do not fit: use [`Application::around`](crate::Application::around)
/// in their place, or put them around the router that is mounted.
///
/// What a layer changes:
///
/// - *The response of the handler*: status, fields and body, piece by piece. For an error they are
///   its status and its fields, and no body: the page is made after all middleware, unless the layer
///   makes a body itself. What a handler sends itself, through a [`Response`], as a
///   file or as a WebSocket, passes a layer by: it sees the status, and an empty body.
/// - *The body of the request*: handlers read what the layer makes of it. What it refuses is a 400;
///   what is too long for `http_body_util::Limited` is a 413.
/// - *The extensions of the request*: handlers find them in
///   [`Request::extensions`](crate::Request::extensions).
/// - *The fields of the request*: handlers read those that the layer leaves. Method and URI stay as
///   they were sent, because the route was found already.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `tower` layer for handlers: give a function to `.around(…)`, and a layer of axum to \
               the router that is mounted",
    label = "not a layer",
    note = "a layer is a `tower_layer::Layer<NextService>` whose service is \
            `Service<http::Request<TowerBody>>` and `Clone + Send + Sync`"
)]
pub trait TowerLayer<B> {
    /// Puts the layer around the handler.
    #[doc(hidden)]
    fn into_step(self) -> Step;
}

#[diagnostic::do_not_recommend]
impl<L, B> TowerLayer<B> for L
where
    L: Layer<NextService>,
    L::Service: Service<http::Request<TowerBody>, Response = http::Response<B>>,
    L::Service: Clone + Send + Sync + 'static,
    <L::Service as Service<http::Request<TowerBody>>>::Error: Into<BoxError>,
    B: Body + 'static,
    B::Error: Into<BoxError>,
{
    fn into_step(self) -> Step {
        Step::around(Arc::new(Layered { service: self.layer(NextService::new()) }))
    }
}

/// A layer around the rest of the application, as a middleware.
struct Layered<S> {
    service: S,
}

impl<S, B> AnyHandler for Layered<S>
where
    S: Service<http::Request<TowerBody>, Response = http::Response<B>>,
    S: Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    B: Body + 'static,
    B::Error: Into<BoxError>,
{
    fn call(&self, call: Call) -> HandlerFuture<'_> {
        Box::pin(async { self.serve(call).await.unwrap_or_else(Reply::into_answer) })
    }

    fn prepare(&self, _: &mut Call) {}

    fn methods(&self) -> Option<MethodTable<()>> {
        None
    }
}

impl<S> Layered<S> {
    async fn serve<B>(&self, mut call: Call) -> Result<Answer, HttpError>
    where
        S: Service<http::Request<TowerBody>, Response = http::Response<B>> + Clone,
        S::Error: Into<BoxError>,
        B: Body + 'static,
        B::Error: Into<BoxError>,
    {
        let mut request = request_of(&mut call)?;
        if let Some(slot) = call.request().extensions().get::<Slot>() {
            request.extensions_mut().insert(slot);
        }
        let response = call.response();
        drop(call);
        let mut service = self.service.clone();
        poll_fn(|cx| service.poll_ready(cx)).await.map_err(failure)?;
        let answered = service.call(request).await.map_err(failure)?;
        drop(service);
        answer_of(response, answered).await
    }
}

/// What a layer has made of the response of the handler, as an answer.
async fn answer_of<B>(ours: Response, theirs: http::Response<B>) -> Result<Answer, HttpError>
where
    B: Body + 'static,
    B::Error: Into<BoxError>,
{
    let (mut parts, mut body) = theirs.into_parts();
    match parts.extensions.remove::<Held>().and_then(|held| held.take()) {
        Some(Kept::Nothing) => return Ok(Answer::nothing()),
        Some(Kept::LeaveOpen) => return Ok(reply::Body::LeaveOpen.into()),
        // The layer has made no page of its own.
        Some(Kept::Error(error)) if body.is_end_stream() => {
            return Err(error.with_head(parts.status.as_u16(), &parts.headers));
        }
        Some(Kept::Error(_)) | None => {}
    }
    if ours.exchange().response_started() {
        // The handler was dropped in the middle of what it was sending.
        return Err(HttpError::service_unavailable());
    }
    let plan = set(&ours, &parts, replace_head)?;
    if let Some(body) = (&mut body as &mut dyn Any).downcast_mut::<NextBody>() {
        return Ok(std::mem::take(body).into_answer());
    }
    // What the layer has coded has no place for the comments of a heartbeat.
    let are_events = parts.extensions.get::<AreEvents>().is_some()
        && !parts.headers.contains_key(CONTENT_ENCODING);
    send_body(ours, body, plan, if are_events { Kind::Events } else { Kind::Pieces }).await
}

/// The head of a response that was made of the one that is there: all its fields are in the map.
fn replace_head(head: &mut ResponseHead, parts: &http::response::Parts) -> Result<(), Misuse> {
    if head.status() != parts.status {
        head.set_status(parts.status.as_u16())?;
    }
    let chunked = head.chunked();
    let fields: Vec<_> =
        parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    head.replace_fields(&fields)?;
    if let Some(chunked) = chunked {
        head.set_chunked(chunked);
    }
    if !parts.headers.contains_key(CONTENT_TYPE) {
        head.remove(b"Content-Type");
    }
    Ok(())
}

impl<S> fmt::Debug for Layered<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "layer({})", std::any::type_name::<S>())
    }
}
