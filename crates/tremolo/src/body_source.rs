//! A body that a layer has put in the place of that of a request: decompressed, or limited.

use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use tremolo_core::Error;

/// A body that is read in the place of that of the request.
pub(crate) struct BodySource {
    state: Mutex<State>,
    /// The body, once it has been read whole.
    pub(crate) whole: OnceLock<Bytes>,
}

struct State {
    /// `None` after its end or an error.
    stream: Option<Source>,
    /// The rest of a piece that was longer than a reader wanted.
    left: Bytes,
}

type Source = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

impl BodySource {
    pub(crate) fn new(stream: impl Stream<Item = Result<Bytes, Error>> + Send + 'static) -> Self {
        let state = State { stream: Some(Box::pin(stream)), left: Bytes::new() };
        Self { state: Mutex::new(state), whole: OnceLock::new() }
    }

    /// The next piece, at most `max` bytes; `None` at the end.
    pub(crate) fn poll(
        &self,
        cx: &mut Context<'_>,
        max: usize,
    ) -> Poll<Result<Option<Bytes>, Error>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.left.is_empty() {
            let Some(stream) = &mut state.stream else { return Poll::Ready(Ok(None)) };
            match ready!(stream.as_mut().poll_next(cx)) {
                Some(Ok(piece)) => state.left = piece,
                end => {
                    state.stream = None;
                    return Poll::Ready(end.transpose());
                }
            }
        }
        let size = state.left.len().min(max);
        Poll::Ready(Ok(Some(state.left.split_to(size))))
    }
}

impl fmt::Debug for BodySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodySource")
    }
}
