//! The body of a request as `http_body::Body`: each frame is a piece as it came from the network.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::{Body, Frame, SizeHint};
use tremolo_core::Error;
use tremolo_core::http1::body::Trailers;

use crate::request::{BodyStream, Request};

/// The body of a request, as a [`TowerService`](crate::TowerService) gets it.
///
/// Its frames are the pieces as they come, then the trailers of a body in chunks, if there are
/// any. Nothing is read before it is asked for: a client that waits for `100 Continue` gets it
/// with the first `poll_frame`, and one that sends faster than the service reads has to wait.
pub struct TowerBody {
    request: Request,
    pieces: BodyStream,
    /// Bytes still to come, if that is known.
    left: Option<u64>,
    is_over: bool,
}

impl TowerBody {
    pub(super) fn new(request: Request) -> Self {
        let (pieces, left) = (request.stream(), request.content_length());
        Self { request, pieces, left, is_over: left == Some(0) }
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
        Poll::Ready(match ready!(Pin::new(&mut self.pieces).poll_next(cx)) {
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
