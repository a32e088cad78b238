//! The rest of an application, as the service that a layer is put around.

use std::any::Any;
use std::convert::Infallible;
use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body::Body;
use tower_service::Service;
use tremolo_core::http1::response::{FieldList, ResponseHead};

use super::body::{TowerBody, read_from};
use super::local::Local;
use super::next_body::NextBody;
use crate::error::HttpError;
use crate::next::{Slot, apply};
use crate::reply::{self, Answer};
use crate::request::Request;
use crate::shared_connection::Exchange;

/// The middleware and the handler behind a layer: what [`TowerLayer`](crate::tower::TowerLayer)s are put
/// around. It never fails: an error of the handler is a response with its status.
#[derive(Clone, Copy, Debug)]
pub struct NextService(());

impl NextService {
    pub(super) fn new() -> Self {
        Self(())
    }
}

impl<B> Service<http::Request<B>> for NextService
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = http::Response<NextBody>;
    type Error = Infallible;
    type Future = NextFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        NextFuture(Local::new(Box::pin(serve(request))))
    }
}

/// The future of a response of [`NextService`]. It is `Send`, so that layers can box it, and has to
/// be polled by the thread that has made it.
#[derive(Debug)]
pub struct NextFuture(Local<Running>);

type Running = Pin<Box<dyn Future<Output = http::Response<NextBody>>>>;

impl Future for NextFuture {
    type Output = Result<http::Response<NextBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.0.with(|running| running.as_mut().poll(cx));
        let polled = polled.unwrap_or_else(|| {
            tracing::error!("a layer polls its handler on another thread");
            Poll::Ready(of_error(HttpError::internal_server_error()))
        });
        polled.map(Ok)
    }
}

async fn serve<B>(request: http::Request<B>) -> http::Response<NextBody>
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let (mut parts, body) = request.into_parts();
    let next = parts.extensions.remove::<Slot>().and_then(|slot| slot.take());
    let (Some(next), Some(ours)) = (next, parts.extensions.remove::<Request>()) else {
        tracing::error!(
            "a layer has called the handler twice, or without the request's extensions"
        );
        return kept(StatusCode::INTERNAL_SERVER_ERROR, Kept::Error(HttpError::new(500)));
    };
    if !(&body as &dyn Any).is::<TowerBody>() {
        ours.exchange().views().replace_body(read_from(body));
    }
    ours.extensions().set_layered(parts.extensions);
    let request = changed(&ours, &parts.headers).unwrap_or_else(|| ours.clone());
    let answer = next.run(request).await;
    respond(ours.exchange(), answer)
}

/// The request with the fields that a layer has left, if they are others.
fn changed(ours: &Request, fields: &HeaderMap) -> Option<Request> {
    let head = &ours.exchange().head;
    let sent = head.fields();
    let is_same = |name: &HeaderName| {
        let values = fields.get_all(name).iter().map(HeaderValue::as_bytes);
        values.eq(sent.get_all(name.as_str()))
    };
    if fields.len() == sent.len() && fields.keys().all(is_same) {
        return None;
    }
    let fields = fields.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    let head = head.with_fields(fields)?;
    Some(Request::new(Arc::new(ours.exchange().with_head(head))))
}

/// What a handler has returned, as a response.
fn respond(exchange: &Arc<Exchange>, answer: Answer) -> http::Response<NextBody> {
    let applied = if exchange.response_started() { Ok(()) } else { apply(exchange, &answer) };
    let (body, is_events) = match (applied, answer.body) {
        (Err(error), _) => return of_error(error),
        (Ok(()), reply::Body::Error(error)) => {
            return of_error(reply::with_fields(error, answer.fields));
        }
        (Ok(()), reply::Body::Nothing) => return kept(status_of(exchange), Kept::Nothing),
        (Ok(()), reply::Body::LeaveOpen) => return kept(status_of(exchange), Kept::LeaveOpen),
        (Ok(()), reply::Body::Whole(piece)) => (NextBody::whole(piece), false),
        (Ok(()), reply::Body::Stream(stream)) => {
            let are_events = stream.are_events();
            (NextBody::stream(stream), are_events)
        }
    };
    let mut response = http::Response::new(body);
    let head = exchange.act(|exchange, _| {
        if is_events {
            exchange.response_mut()?.set_content_type(b"text/event-stream")?;
        }
        let head = exchange.peek().response();
        Ok((head.status(), fields_of(head)))
    });
    if let Ok((status, fields)) = head {
        *response.status_mut() = status;
        *response.headers_mut() = fields;
    }
    if is_events {
        response.extensions_mut().insert(AreEvents);
    }
    response
}

fn of_error(error: HttpError) -> http::Response<NextBody> {
    let status = StatusCode::from_u16(error.status());
    let fields = map_of(error.fields());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = kept(status, Kept::Error(error));
    *response.headers_mut() = fields;
    response
}

fn kept(status: StatusCode, kept: Kept) -> http::Response<NextBody> {
    let mut response = http::Response::new(NextBody::default());
    *response.status_mut() = status;
    response.extensions_mut().insert(Held(Arc::new(Mutex::new(Some(kept)))));
    response
}

/// The status that was sent, or would be.
fn status_of(exchange: &Exchange) -> StatusCode {
    let status = exchange.act(|exchange, _| {
        let exchange = exchange.peek();
        let switched = exchange.is_upgraded().then_some(StatusCode::SWITCHING_PROTOCOLS);
        Ok(switched.unwrap_or_else(|| exchange.response().status()))
    });
    status.unwrap_or_default()
}

fn fields_of(head: &ResponseHead) -> HeaderMap {
    let mut fields = map_of(head.fields());
    if let Some(value) = head.content_type().and_then(|value| HeaderValue::from_bytes(value).ok()) {
        fields.insert(CONTENT_TYPE, value);
    }
    if let Some(length) = head.declared_length() {
        fields.insert(http::header::CONTENT_LENGTH, length.into());
    }
    if head.close() {
        fields.insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    }
    fields
}

/// Fields that the engine has checked fit into a map.
fn map_of(list: &FieldList) -> HeaderMap {
    let mut fields = HeaderMap::new();
    for (name, value) in list.iter() {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            fields.append(name, value);
        }
    }
    fields
}

/// What of an answer is no body, in the extensions of its response.
#[derive(Clone, Debug)]
pub(super) struct Held(Arc<Mutex<Option<Kept>>>);

#[derive(Debug)]
pub(super) enum Kept {
    Nothing,
    LeaveOpen,
    Error(HttpError),
}

impl Held {
    pub(super) fn take(&self) -> Option<Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// In the extensions of a response whose body are server-sent events.
#[derive(Clone, Copy, Debug)]
pub(super) struct AreEvents;
