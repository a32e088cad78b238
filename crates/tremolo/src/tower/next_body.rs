//! The body of what a handler returns, as `http_body::Body`: what a layer gets.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tremolo_core::Piece;

use super::failure::ReplyError;
use super::local::Local;
use crate::error::HttpError;
use crate::reply::{self, Answer, PieceStream};

/// The body of a response of [`NextService`](crate::tower::NextService).
///
/// A body that a handler returned whole is one frame, whose length is known; a stream is one frame
/// for each piece. What a handler has sent itself is an empty body, and so is that of an error,
/// whose page is made when all middleware has run.
#[derive(Default)]
pub struct NextBody(Content);

#[derive(Default)]
enum Content {
    #[default]
    Empty,
    Whole(Piece<'static>),
    Stream(Local<PieceStream>),
}

impl NextBody {
    pub(super) fn whole(piece: Piece<'static>) -> Self {
        Self(Content::Whole(piece))
    }

    pub(super) fn stream(stream: PieceStream) -> Self {
        Self(Content::Stream(Local::new(stream)))
    }

    /// The body as the handler returned it.
    pub(super) fn into_answer(self) -> Answer {
        match self.0 {
            Content::Empty => reply::Body::Whole(Piece::Slice(&[])).into(),
            Content::Whole(piece) => reply::Body::Whole(piece).into(),
            Content::Stream(stream) => match stream.into_inner() {
                Some(stream) => Answer::stream(stream),
                None => reply::Body::Error(HttpError::internal_server_error()).into(),
            },
        }
    }

    fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece<'static>, HttpError>>> {
        match &mut self.0 {
            Content::Stream(stream) => stream
                .with(|stream| stream.as_mut().poll_piece(cx))
                .unwrap_or_else(|| Poll::Ready(Some(Err(HttpError::internal_server_error())))),
            content => Poll::Ready(match std::mem::take(content) {
                Content::Whole(piece) => Some(Ok(piece)),
                Content::Empty | Content::Stream(_) => None,
            }),
        }
    }
}

impl Body for NextBody {
    type Data = Bytes;
    type Error = ReplyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ReplyError>>> {
        self.poll_piece(cx).map(|piece| {
            Some(match piece? {
                Ok(piece) => Ok(Frame::data(shared(piece))),
                Err(error) => Err(ReplyError::new(error)),
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Content::Empty)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::Empty => SizeHint::with_exact(0),
            Content::Whole(piece) => SizeHint::with_exact(piece.len() as u64),
            Content::Stream(_) => SizeHint::new(),
        }
    }
}

fn shared(piece: Piece<'static>) -> Bytes {
    match piece {
        Piece::Slice(bytes) => Bytes::from_static(bytes),
        Piece::Owned(bytes) => bytes.into(),
        Piece::Shared(bytes) => bytes,
    }
}

impl fmt::Debug for NextBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Content::Empty => "NextBody(empty)",
            Content::Whole(_) => "NextBody(whole)",
            Content::Stream(_) => "NextBody(stream)",
        })
    }
}
