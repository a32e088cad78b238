//! A multipart body and its decoder, which lives as long as the exchange.
//!
//! At most the data of one step is held, and without steps only what the decoder holds back.

use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tremolo_core::content::check_coding;
use tremolo_core::http1::fields::Fields;
use tremolo_core::multipart::{Decoder, Event, Limits, MultipartError, PartHead, boundary_of};
use tremolo_core::{Error as ConnectionError, Misuse};

use super::body_buffer::BodyBuffer;
use super::file_limits::FileLimits;
use crate::error::FormError;

/// A multipart body and how far it has been read.
#[derive(Debug)]
pub(crate) struct Reader {
    decoder: Decoder,
    /// How many more bytes of the body are allowed; a form limits them.
    left: u64,
    /// Parts so far. The last of them is the current one.
    count: usize,
    /// The current part, until its end.
    head: Option<Arc<PartHead>>,
    /// A step that is being put together.
    buffer: BodyBuffer,
    /// Data of the current part that did not fit into the last step.
    ahead: Bytes,
    failed: Option<FormError>,
}

/// A part, by the number it has in its body.
pub(crate) type NumberedPart = (usize, Arc<PartHead>);

/// A piece of a part's data, and whether it is the last one.
pub(crate) type Step = (NumberedPart, Bytes, bool);

/// Polls for the next piece of a body; `None` at its end.
pub(crate) trait PollPiece:
    FnMut(&mut Context<'_>) -> Poll<Result<Option<Bytes>, ConnectionError>>
{
}

impl<F> PollPiece for F where
    F: FnMut(&mut Context<'_>) -> Poll<Result<Option<Bytes>, ConnectionError>>
{
}

impl Reader {
    pub(crate) fn new(fields: Fields<'_>, whole_body: Option<Bytes>) -> Result<Self, FormError> {
        let content_type = fields.get("Content-Type").unwrap_or_default();
        let boundary = boundary_of(content_type)?;
        check_coding(fields)?;
        // Each call has a limit of parts of its own; the size of the body bounds the rest.
        let limits = Limits { max_parts: usize::MAX, ..Limits::default() };
        let mut decoder = Decoder::new(boundary, limits);
        if let Some(body) = whole_body {
            decoder.feed(body);
        }
        Ok(Self {
            decoder,
            left: u64::MAX,
            count: 0,
            head: None,
            buffer: BodyBuffer::default(),
            ahead: Bytes::new(),
            failed: None,
        })
    }

    /// Sets how many more bytes of the body are allowed.
    pub(crate) fn limit(&mut self, bytes: u64) {
        self.left = bytes;
    }

    pub(crate) fn poll_part(
        &mut self,
        body: &mut impl PollPiece,
        cx: &mut Context<'_>,
        max_parts: usize,
    ) -> Poll<Result<Option<NumberedPart>, FormError>> {
        self.ahead = Bytes::new();
        self.buffer = BodyBuffer::default();
        loop {
            match ready!(self.poll_event(body, cx))? {
                Event::Part(_) if self.count >= max_parts => {
                    return Poll::Ready(Err(self.keep_error(MultipartError::TooManyParts.into())));
                }
                Event::Part(head) => {
                    let head = Arc::new(head);
                    self.count += 1;
                    self.head = Some(Arc::clone(&head));
                    return Poll::Ready(Ok(Some((self.count, head))));
                }
                Event::PartEnd => self.head = None,
                Event::End => return Poll::Ready(Ok(None)),
                Event::Data(_) | Event::NeedInput => {}
            }
        }
    }

    pub(crate) fn poll_data(
        &mut self,
        body: &mut impl PollPiece,
        cx: &mut Context<'_>,
        number: usize,
    ) -> Poll<Result<Option<Bytes>, FormError>> {
        if number != self.count {
            return Poll::Ready(Err(ConnectionError::from(Misuse::BodyAlreadyRead).into()));
        }
        let begun = self.buffer.take();
        if !begun.is_empty() {
            return Poll::Ready(Ok(Some(begun)));
        }
        self.poll_next(body, cx)
    }

    pub(crate) fn poll_step(
        &mut self,
        body: &mut impl PollPiece,
        cx: &mut Context<'_>,
        limits: FileLimits,
    ) -> Poll<Result<Option<Step>, FormError>> {
        let part = match &self.head {
            Some(head) => Some((self.count, Arc::clone(head))),
            None => ready!(self.poll_part(body, cx, limits.max_files))?,
        };
        let Some(part) = part else { return Poll::Ready(Ok(None)) };
        loop {
            let Some(mut data) = ready!(self.poll_next(body, cx))? else {
                return Poll::Ready(Ok(Some((part, self.buffer.take(), true))));
            };
            let room = limits.max_file_size.max(1).saturating_sub(self.buffer.len());
            // The next data shows whether the part ends here or continues.
            if room == 0 {
                self.ahead = data;
                return Poll::Ready(Ok(Some((part, self.buffer.take(), false))));
            }
            self.buffer.push(data.split_to(room.min(data.len())));
            self.ahead = data;
        }
    }

    /// The next data of the current part.
    fn poll_next(
        &mut self,
        body: &mut impl PollPiece,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, FormError>> {
        if !self.ahead.is_empty() {
            return Poll::Ready(Ok(Some(std::mem::take(&mut self.ahead))));
        }
        if self.head.is_none() {
            return Poll::Ready(Ok(None));
        }
        match ready!(self.poll_event(body, cx))? {
            Event::Data(data) => Poll::Ready(Ok(Some(data))),
            Event::Part(_) | Event::PartEnd | Event::End | Event::NeedInput => {
                self.head = None;
                Poll::Ready(Ok(None))
            }
        }
    }

    /// What the decoder finds next; never `NeedInput`.
    fn poll_event(
        &mut self,
        body: &mut impl PollPiece,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Event, FormError>> {
        if let Some(error) = self.failed {
            return Poll::Ready(Err(error));
        }
        loop {
            match self.decoder.poll() {
                Ok(Event::NeedInput) => match ready!(body(cx))? {
                    Some(piece) => match self.left.checked_sub(piece.len() as u64) {
                        Some(left) => {
                            self.left = left;
                            self.decoder.feed(piece);
                        }
                        None => return Poll::Ready(Err(self.keep_error(FormError::TooLarge))),
                    },
                    None => self.decoder.finish(),
                },
                event => return Poll::Ready(event.map_err(Into::into)),
            }
        }
    }

    /// An error is final.
    fn keep_error(&mut self, error: FormError) -> FormError {
        self.failed = Some(error);
        error
    }
}
