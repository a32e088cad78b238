//! The body of a request as `http_body::Body`: each frame is a piece as it came from the network.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Body, Frame, SizeHint};
use tremolo_core::Error;
use tremolo_core::http1::body::Trailers;

use super::failure::fault_of;
use crate::body_source::BodySource;
use crate::request::{BodyStream, Request};

/// The body of a request, as a [`TowerService`](crate::TowerService) gets it.
///
/// Its frames are the pieces as they come, then the trailers of a body in chunks, if there are
/// any. Nothing is read before it is asked for: a client that waits for `100 Continue` gets it
/// with the first `poll_frame`, and one that sends faster than the service reads has to wait.
pub struct TowerBody {
    request: Request,
    pieces: BodyStream,
    /// What was read of it before, whole.
    first: Option<Bytes>,
    /// Bytes still to come, if that is known.
    left: Option<u64>,
    is_over: bool,
}

impl TowerBody {
    pub(super) fn new(request: Request) -> Self {
        let (pieces, exchange) = (request.stream(), request.exchange());
        let first = exchange.whole_body();
        let left = match &first {
            Some(body) => Some(body.len() as u64),
            None if exchange.body_source().is_some() => None,
            None => request.content_length(),
        };
        Self { request, pieces, first, left, is_over: left == Some(0) }
    }

    fn end(&mut self) -> Option<Frame<Bytes>> {
        self.is_over = true;
        self.left = Some(0);
        let trailers = self.request.trailers().filter(|trailers| !trailers.is_empty())?;
        Some(Frame::trailers(map_of(&trailers)))
    }
}

impl Body for TowerBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let next = match self.first.take() {
            Some(body) => Some(Ok(body)),
            None => ready!(Pin::new(&mut self.pieces).poll_next(cx)),
        };
        Poll::Ready(match next {
            Some(Ok(piece)) => {
                if let Some(left) = &mut self.left {
                    *left = left.saturating_sub(piece.len() as u64);
                    self.is_over = *left == 0;
                }
                Some(Ok(Frame::data(piece)))
            }
            Some(Err(error)) => {
                self.is_over = true;
                Some(Err(error))
            }
            None => self.end().map(Ok),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

impl fmt::Debug for TowerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TowerBody").field("left", &self.left).finish_non_exhaustive()
    }
}

/// The data of a body that a layer has put in the place of that of a request.
pub(super) fn read_from<B>(body: B) -> BodySource
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    BodySource::new(DataOf(Box::pin(body)))
}

struct DataOf<B>(Pin<Box<B>>);

impl<B> Stream for DataOf<B>
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.0.as_mut().poll_frame(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(fault_of(error)))),
                Some(Ok(frame)) => {
                    // Trailers are read from the request itself.
                    let Ok(mut data) = frame.into_data() else { continue };
                    if data.has_remaining() {
                        return Poll::Ready(Some(Ok(data.copy_to_bytes(data.remaining()))));
                    }
                }
            }
        }
    }
}

/// A field that the map cannot hold is left out: a trailer may always be ignored (RFC 9110 section
/// 6.5.2).
fn map_of(trailers: &Trailers) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in trailers.iter() {
        let (name, value) = (HeaderName::try_from(name), HeaderValue::from_bytes(value));
        if let (Ok(name), Ok(value)) = (name, value)
            && map.try_append(name, value).is_err()
        {
            break;
        }
    }
    map
}
