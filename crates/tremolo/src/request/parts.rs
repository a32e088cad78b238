//! A multipart body part by part, each as a stream of its own: any size, in constant memory.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use tremolo_core::form::{BodyBuffer, FormError, NumberedPart};
use tremolo_core::multipart::PartHead;

use super::Request;
use crate::shared_connection::Exchange;

impl Request {
    /// The parts of a `multipart/form-data` body, as they come: fields and files alike, at most
    /// 1 024.
    ///
    /// A second call continues where the first stopped. The body is at most
    /// `client_max_body_size` long (2 MiB by default), or what [`Request::set_body_limit`]
    /// allows; nothing of it is kept.
    ///
    /// ```
    /// use tremolo::{HttpError, Request};
    ///
    /// async fn sizes(request: Request) -> Result<String, HttpError> {
    ///     request.set_body_limit(10 << 30)?;
    ///     let (mut parts, mut lines) = (request.parts(), String::new());
    ///     while let Some(part) = parts.next().await {
    ///         let (part, mut size) = (part?, 0);
    ///         while let Some(piece) = part.piece().await? {
    ///             size += piece.len();
    ///         }
    ///         lines += &format!("{}: {size} bytes\n", part.name());
    ///     }
    ///     Ok(lines)
    /// }
    /// # tremolo::Application::new().route("/", sizes);
    /// ```
    #[must_use]
    pub fn parts(&self) -> Parts {
        Parts { exchange: Arc::clone(&self.exchange), failed: false }
    }
}

/// The parts of a multipart body; see [`Request::parts`].
#[derive(Clone)]
pub struct Parts {
    exchange: Arc<Exchange>,
    failed: bool,
}

impl Parts {
    /// The next part; what was not read of the one before is skipped. `None` after the last, or
    /// after an error.
    pub async fn next(&mut self) -> Option<Result<Part, FormError>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for Parts {
    type Item = Result<Part, FormError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.failed {
            return Poll::Ready(None);
        }
        let part = ready!(self.exchange.poll_part(cx, MAX_PARTS));
        self.failed = part.is_err();
        let exchange = &self.exchange;
        Poll::Ready(part.transpose().map(|part| {
            let NumberedPart { number, head } = part?;
            Ok(Part { exchange: Arc::clone(exchange), number, head })
        }))
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parts")
    }
}

/// A part of a multipart body: its head, and its data, once.
///
/// Its data can be read until the next part is asked for; then reading is an error.
#[derive(Clone)]
pub struct Part {
    exchange: Arc<Exchange>,
    number: usize,
    head: Arc<PartHead>,
}

impl Part {
    /// The name of the form's field; it may be empty.
    #[must_use]
    pub fn name(&self) -> &str {
        self.head.name()
    }

    /// The file name that the client sent: it may contain slashes, `..`, any text. `None`
    /// for a part that is no file; empty if no file was chosen.
    #[must_use]
    pub fn filename(&self) -> Option<&str> {
        self.head.filename()
    }

    /// The content type that the client sent.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.head.content_type()
    }

    /// The head of the part.
    #[must_use]
    pub fn head(&self) -> &PartHead {
        &self.head
    }

    /// The next piece of the data, as it comes from the network; `None` at the end.
    ///
    /// # Errors
    ///
    /// Any [`FormError`]; [`Misuse::BodyAlreadyRead`](crate::errors::Misuse) if another part was asked
    /// for in the meantime.
    pub async fn piece(&self) -> Result<Option<Bytes>, FormError> {
        poll_fn(|cx| self.exchange.poll_data(cx, self.number)).await
    }

    /// The rest of the data.
    ///
    /// # Errors
    ///
    /// [`FormError::TooLarge`] if it is more than `limit` bytes; those of [`Part::piece`].
    pub async fn bytes(&self, limit: usize) -> Result<Bytes, FormError> {
        let mut buffer = BodyBuffer::default();
        while let Some(piece) = self.piece().await? {
            if piece.len() > limit - buffer.len() {
                return Err(FormError::TooLarge);
            }
            buffer.push(piece);
        }
        Ok(buffer.take())
    }

    /// The data in pieces, as they come from the network.
    #[must_use]
    pub fn stream(&self) -> PartStream {
        PartStream::new(&self.exchange, self.number)
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head.fmt(f)
    }
}

/// The data of a part as a stream of pieces; see [`Part::stream`].
#[derive(Clone)]
pub struct PartStream {
    exchange: Arc<Exchange>,
    number: usize,
    failed: bool,
}

impl PartStream {
    pub(super) fn new(exchange: &Arc<Exchange>, number: usize) -> Self {
        Self { exchange: Arc::clone(exchange), number, failed: false }
    }

    /// The next piece; `None` at the end of the part, or after an error.
    pub async fn next(&mut self) -> Option<Result<Bytes, FormError>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for PartStream {
    type Item = Result<Bytes, FormError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.failed {
            return Poll::Ready(None);
        }
        let piece = ready!(self.exchange.poll_data(cx, self.number));
        self.failed = piece.is_err();
        Poll::Ready(piece.transpose())
    }
}

impl fmt::Debug for PartStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PartStream")
    }
}

/// As many as `files` allows by default.
const MAX_PARTS: usize = 1_024;
