//! Reading the body: whole, in pieces, by a number of bytes, decoded or raw.
//!
//! All methods read from the same bytes, in order: no byte is lost when they are mixed.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use tremolo_core::Error;
use tremolo_core::form::BodyBuffer;
use tremolo_core::http1::body::{Decoded, Trailers};

use super::Request;
use crate::body_source::BodySource;
use crate::shared_connection::Exchange;

impl Request {
    /// The whole body, or the part that was not read in another way. It is kept: a second call
    /// returns the same bytes.
    ///
    /// It is at most `client_max_body_size` long, or what [`Request::set_body_limit`] allows.
    ///
    /// # Errors
    ///
    /// The body is too large, malformed, stalled or cut short, or the client has left.
    /// With `?` in a handler each becomes the response with the right status.
    pub async fn body(&self) -> Result<Bytes, Error> {
        if let Some(body) = self.exchange.whole_body() {
            return Ok(body);
        }
        let body = self.read(usize::MAX).await?;
        self.exchange.keep_body(body.clone());
        Ok(body)
    }

    /// The next piece of the body, as it comes from the network; `None` at its end.
    ///
    /// # Errors
    ///
    /// Those of [`Request::body`].
    pub async fn piece(&self) -> Result<Option<Bytes>, Error> {
        poll_fn(|cx| poll_piece(&self.exchange, cx, usize::MAX)).await
    }

    /// Exactly `size` bytes of the body, fewer only if it ends; empty at its end.
    ///
    /// # Errors
    ///
    /// Those of [`Request::body`].
    pub async fn read(&self, size: usize) -> Result<Bytes, Error> {
        read_up_to(size, |cx, left| poll_piece(&self.exchange, cx, left)).await
    }

    /// Exactly `size` bytes of the raw body, with its chunk framing; fewer only if it
    /// ends.
    ///
    /// # Errors
    ///
    /// Those of [`Request::body`].
    pub async fn recv(&self, size: usize) -> Result<Bytes, Error> {
        read_up_to(size, |cx, left| {
            let raw =
                self.exchange.poll_body(cx, |exchange, now| exchange.body().poll_raw(now, left));
            raw.map(|decoded| decoded.map(into_piece))
        })
        .await
    }

    /// The body in pieces, as they come from the network.
    ///
    /// ```
    /// use tremolo::{HttpError, Request};
    ///
    /// async fn count(request: Request) -> Result<String, HttpError> {
    ///     let (mut body, mut size) = (request.stream(), 0);
    ///     while let Some(piece) = body.next().await {
    ///         size += piece?.len();
    ///     }
    ///     Ok(format!("{size} bytes"))
    /// }
    /// # tremolo::Application::new().route("/", count);
    /// ```
    #[must_use]
    pub fn stream(&self) -> BodyStream {
        let (exchange, source) = (Arc::clone(&self.exchange), self.exchange.body_source());
        BodyStream { exchange, source, failed: false }
    }

    /// The trailer fields of a chunked body that has been read to its end.
    #[must_use]
    pub fn trailers(&self) -> Option<Trailers> {
        self.exchange.act(|exchange, _| Ok(exchange.peek().trailers().cloned())).ok().flatten()
    }

    /// Sets another limit than `client_max_body_size` for the body of this request, in bytes.
    ///
    /// # Errors
    ///
    /// The exchange is over.
    pub fn set_body_limit(&self, bytes: u64) -> Result<(), Error> {
        self.exchange.act(|exchange, _| {
            exchange.body().set_limit(bytes);
            Ok(())
        })
    }
}

/// The body of a request as a stream of pieces; see [`Request::stream`].
#[derive(Clone)]
pub struct BodyStream {
    exchange: Arc<Exchange>,
    /// What was read in the place of the body when this was made: a layer that replaces it again
    /// reads from here.
    source: Option<Arc<BodySource>>,
    failed: bool,
}

impl BodyStream {
    /// The next piece; `None` at the end of the body, or after an error.
    pub async fn next(&mut self) -> Option<Result<Bytes, Error>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for BodyStream {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.failed {
            return Poll::Ready(None);
        }
        let piece = ready!(poll_from(self.source.as_deref(), &self.exchange, cx, usize::MAX));
        self.failed = piece.is_err();
        Poll::Ready(piece.transpose())
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyStream")
    }
}

pub(super) fn poll_piece(
    exchange: &Exchange,
    cx: &mut Context<'_>,
    max: usize,
) -> Poll<Result<Option<Bytes>, Error>> {
    poll_from(exchange.body_source().as_deref(), exchange, cx, max)
}

fn poll_from(
    source: Option<&BodySource>,
    exchange: &Exchange,
    cx: &mut Context<'_>,
    max: usize,
) -> Poll<Result<Option<Bytes>, Error>> {
    if let Some(source) = source {
        return source.poll(cx, max);
    }
    let decoded = exchange.poll_body(cx, |exchange, now| exchange.body().poll(now, max));
    decoded.map(|decoded| decoded.map(into_piece))
}

fn into_piece(decoded: Decoded) -> Option<Bytes> {
    match decoded {
        Decoded::Data(data) => Some(data),
        Decoded::End | Decoded::NeedInput => None,
    }
}

/// Puts pieces together up to a size. A body that came in one piece is not copied.
async fn read_up_to(
    size: usize,
    mut poll: impl FnMut(&mut Context<'_>, usize) -> Poll<Result<Option<Bytes>, Error>>,
) -> Result<Bytes, Error> {
    let mut buffer = BodyBuffer::default();
    poll_fn(|cx| {
        loop {
            let left = size - buffer.len();
            match if left == 0 { None } else { ready!(poll(cx, left))? } {
                None => return Poll::Ready(Ok(buffer.take())),
                Some(piece) => buffer.push(piece),
            }
        }
    })
    .await
}
