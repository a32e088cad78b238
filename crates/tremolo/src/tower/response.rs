//! The response of a service: the head is set at once, the body is one piece if it is one, else a
//! stream. The engine decides what may be sent of it, to HEAD for instance.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http::HeaderMap;
use http::header::{SET_COOKIE, TRAILER};
use http::response::Parts;
use http_body::Body;
use tremolo_core::http1::request::Version;
use tremolo_core::http1::response::ResponseHead;
use tremolo_core::{Error, Misuse, Piece};

use super::failure::failure;
use crate::error::{BoxError, HttpError};
use crate::reply::{Answer, AnyStream, Reply, StreamReply};
use crate::response::Response;

/// Sets the head of a service's response on `ours`, and returns its body as the answer.
pub(crate) async fn answer_of<B>(
    ours: Response,
    theirs: http::Response<B>,
) -> Result<Answer, HttpError>
where
    B: Body + 'static,
    B::Error: Into<BoxError>,
{
    let (parts, body) = theirs.into_parts();
    let plan = set(&ours, &parts, set_head)?;
    send_body(ours, body, plan, Kind::Pieces).await
}

/// What the head of a response means for its body.
pub(super) struct Plan {
    takes_body: bool,
    /// Whether an exact length of the body is declared.
    keeps_length: bool,
}

/// What a body consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pieces,
    /// Server-sent events.
    Events,
}

/// Sets the head of a response.
pub(super) fn set(
    ours: &Response,
    parts: &Parts,
    set: impl FnOnce(&mut ResponseHead, &Parts) -> Result<(), Misuse>,
) -> Result<Plan, HttpError> {
    let plan = ours.exchange().act(|exchange, _| {
        let head = exchange.response_mut()?;
        set(head, parts)?;
        let is_declared = head.declared_length().is_some();
        // Trailers that are announced need chunks.
        let is_trailed = parts.headers.contains_key(TRAILER)
            && exchange.peek().head().version() == Version::Http11;
        let keeps_length = !is_declared && !is_trailed;
        Ok(Plan { takes_body: exchange.peek().takes_body(), keeps_length })
    });
    Ok(plan?)
}

/// The answer with a body whose head was set.
pub(super) async fn send_body<B>(
    ours: Response,
    body: B,
    plan: Plan,
    kind: Kind,
) -> Result<Answer, HttpError>
where
    B: Body + 'static,
    B::Error: Into<BoxError>,
{
    let length = body.size_hint().exact().filter(|_| plan.keeps_length);
    let mut pieces = Pieces { body: Some(Box::pin(body)), ours, first: None, has_begun: false };
    if kind == Kind::Events {
        return Ok(Answer::stream(Box::pin(Events(pieces))));
    }
    if plan.takes_body {
        match poll_fn(|cx| Poll::Ready(pieces.poll_first(cx))).await {
            Poll::Ready(None) => return Ok(Answer::whole(Bytes::new())),
            Poll::Ready(Some(piece)) => {
                let piece = piece?;
                if pieces.is_over() {
                    return Ok(Answer::whole(piece));
                }
                pieces.first = Some(piece);
            }
            Poll::Pending => {}
        }
    } else {
        pieces.body = None;
    }
    // Where no body is sent, an empty one does not mean that its length would be 0.
    if let Some(length) = length.filter(|length| *length > 0) {
        pieces.ours.set_header("Content-Length", length.to_string())?;
    }
    Ok(StreamReply::new(pieces).into_answer())
}

/// The status, and the fields in their order, in the place of those that were set before.
fn set_head(head: &mut ResponseHead, parts: &Parts) -> Result<(), Misuse> {
    head.set_status(parts.status.as_u16())?;
    // A service that sets no type has none.
    head.remove(b"Content-Type");
    let (is_fresh, mut last) = (head.fields().is_empty(), None);
    for (name, value) in &parts.headers {
        let (is_next, field) = (last == Some(name), name.as_str().as_bytes());
        if is_fresh || is_next || name == SET_COOKIE {
            head.append(field, value.as_bytes())?;
        } else {
            head.set(field, value.as_bytes())?;
        }
        last = Some(name);
    }
    Ok(())
}

/// Sends the trailers of a service. One that may not be a trailer field is left out: the body
/// has been sent, and any trailer may be dropped (RFC 9110 section 6.5.1).
fn send_trailers(ours: &Response, trailers: &HeaderMap) {
    for (name, value) in trailers {
        if let Err(Error::Misuse(misuse)) = ours.append_trailer(name, value) {
            tracing::warn!(%misuse, name = name.as_str(), "a trailer of a service was left out");
        }
    }
}

/// The pieces of the body of a service, as the driver takes them.
struct Pieces<B> {
    /// `None` if nothing of it is to be sent.
    body: Option<Pin<Box<B>>>,
    ours: Response,
    /// A piece that was taken already.
    first: Option<Bytes>,
    has_begun: bool,
}

impl<B> Pieces<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    /// The data of the next frame; trailers are sent. A frame without data is an empty piece, which
    /// sends nothing: the driver counts it, so that a body of only empty pieces does not delay
    /// other connections.
    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, HttpError>>> {
        let Some(body) = self.body.as_mut().filter(|body| !body.is_end_stream()) else {
            return Poll::Ready(None);
        };
        Poll::Ready(match ready!(body.as_mut().poll_frame(cx)) {
            None => None,
            Some(Err(error)) => Some(Err(failure(error))),
            Some(Ok(frame)) => Some(Ok(match frame.into_data() {
                Ok(mut data) => data.copy_to_bytes(data.remaining()),
                Err(other) => {
                    if let Ok(trailers) = other.into_trailers() {
                        send_trailers(&self.ours, &trailers);
                    }
                    Bytes::new()
                }
            })),
        })
    }

    /// The first piece that is not empty, if it is among the first frames.
    fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, HttpError>>> {
        for _ in 1..MAX_FIRST_FRAMES {
            match self.poll_body(cx) {
                Poll::Ready(Some(Ok(piece))) if piece.is_empty() => {}
                first => return first,
            }
        }
        self.poll_body(cx)
    }

    fn is_over(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body.is_end_stream())
    }
}

impl<B> Stream for Pieces<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    type Item = Result<Bytes, HttpError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let piece = self.poll_body(cx);
        if !self.has_begun && (piece.is_pending() || self.body.is_none()) {
            self.has_begun = true;
            // The client gets the head before there is a body. An error is ignored: the driver
            // notices a client that has left.
            let _ = self.ours.exchange().act(|exchange, now| exchange.begin_body(now));
        }
        piece
    }
}

/// The pieces of a body that are server-sent events: their head is sent before the first one.
struct Events<B>(Pieces<B>);

impl<B> AnyStream for Events<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    fn poll_piece(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece<'static>, HttpError>>> {
        self.0.poll_body(cx).map(|piece| piece.map(|piece| piece.map(Piece::Shared)))
    }

    fn are_events(&self) -> bool {
        true
    }
}

/// The number of frames that are polled for the first piece of a body.
const MAX_FIRST_FRAMES: usize = 16;
