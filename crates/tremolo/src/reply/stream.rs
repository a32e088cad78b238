//! Bodies in pieces, which the `stream!` macro makes.

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use tokio::task::coop::consume_budget;
use tremolo_core::Piece;

use super::{Answer, PieceStream, Reply};
use crate::error::HttpError;

/// A reply in pieces, each sent as it is yielded; made by [`stream!`](crate::stream!), or from
/// any stream of pieces.
pub struct StreamReply<S>(S);

impl<S> StreamReply<S>
where
    S: Stream + 'static,
    S::Item: StreamPiece,
{
    /// A reply of the pieces of any stream.
    pub fn new(stream: S) -> Self {
        Self(stream)
    }
}

impl<S> StreamReply<S> {
    pub(crate) fn into_inner(self) -> S {
        self.0
    }
}

impl<S> Reply for StreamReply<S>
where
    S: Stream + 'static,
    S::Item: StreamPiece,
{
    fn into_answer(self) -> Answer {
        Answer::stream(Box::pin(self.0))
    }
}

impl<S> fmt::Debug for StreamReply<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StreamReply")
    }
}

/// What a stream can yield: text, bytes, or a `Result` of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a piece of a body: yield text (`.to_string()`), bytes, an `Event`, or a \
               `Result` of these",
    label = "cannot be yielded",
    note = "text is `&'static str`, `String` or `Cow<'static, str>`; bytes are `&'static [u8]`, `Vec<u8>` or `Bytes`"
)]
pub trait StreamPiece {
    /// The piece, or the error that ends the response.
    ///
    /// # Errors
    ///
    /// The error that the stream yielded. Before the head is sent it becomes a page;
    /// afterwards the response is cut.
    fn into_piece(self) -> Result<Piece<'static>, HttpError>;
}

impl StreamPiece for &'static str {
    fn into_piece(self) -> Result<Piece<'static>, HttpError> {
        Ok(self.into())
    }
}

impl StreamPiece for String {
    fn into_piece(self) -> Result<Piece<'static>, HttpError> {
        Ok(self.into())
    }
}

impl StreamPiece for Cow<'static, str> {
    fn into_piece(self) -> Result<Piece<'static>, HttpError> {
        match self {
            Cow::Borrowed(text) => text.into_piece(),
            Cow::Owned(text) => text.into_piece(),
        }
    }
}

impl StreamPiece for &'static [u8] {
    fn into_piece(self) -> Result<Piece<'static>, HttpError> {
        Ok(self.into())
    }
}

impl<const N: usize> StreamPiece for &'static [u8; N] {
    fn into_piece(self) -> Result<Piece<'static>, HttpError> {
        Ok(self.into())
    }
}

impl StreamPiece for Vec<u8> {
    fn into_piece(self) -> Result<Piece<'static>, HttpError> {
        Ok(self.into())
    }
}

impl StreamPiece for Bytes {
    fn into_piece(self) -> Result<Piece<'static>, HttpError> {
        Ok(self.into())
    }
}

impl<P: StreamPiece, E: Into<HttpError>> StreamPiece for Result<P, E> {
    fn into_piece(self) -> Result<Piece<'static>, HttpError> {
        self.map_err(Into::into)?.into_piece()
    }
}

/// A stream of anything that can be yielded, as the driver takes its pieces.
pub(crate) trait AnyStream {
    fn poll_piece(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece<'static>, HttpError>>>;

    /// Whether the pieces are server-sent events, whose head is sent before the first one.
    fn are_events(&self) -> bool {
        false
    }
}

impl<S: Stream> AnyStream for S
where
    S::Item: StreamPiece,
{
    fn poll_piece(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece<'static>, HttpError>>> {
        self.poll_next(cx).map(|item| item.map(StreamPiece::into_piece))
    }
}

/// A stream that has begun: an error in the place of its first piece is still a page.
/// Not so of events: the first one may come late.
pub(crate) async fn begun(mut stream: PieceStream) -> Result<PieceStream, HttpError> {
    if stream.are_events() {
        return Ok(stream);
    }
    let first = loop {
        match poll_fn(|cx| stream.as_mut().poll_piece(cx)).await.transpose()? {
            // Nothing is sent for it. A stream of only empty pieces must let other tasks run.
            Some(piece) if piece.is_empty() => consume_budget().await,
            first => break first,
        }
    };
    Ok(Box::pin(Begun { ended: first.is_none(), first, stream }))
}

/// A stream whose first piece has been taken.
struct Begun {
    first: Option<Piece<'static>>,
    ended: bool,
    stream: PieceStream,
}

impl AnyStream for Begun {
    fn poll_piece(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece<'static>, HttpError>>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(Ok(first))),
            None if self.ended => Poll::Ready(None),
            None => self.stream.as_mut().poll_piece(cx),
        }
    }
}
