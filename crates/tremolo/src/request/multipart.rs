//! One multipart body, read by whoever asks: the decoder lives with the exchange, so that a
//! second reader goes on where the first stopped, and one that is cancelled loses nothing.
//!
//! At most a step's worth of data is held, and without steps only what the decoder holds back.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tremolo_core::content::check_coding;
use tremolo_core::multipart::{Decoder, Event, Limits, MultipartError, PartHead, boundary_of};
use tremolo_core::{Error as ConnectionError, Misuse};

use super::body::{Gathered, poll_piece};
use super::files::FileLimits;
use super::form::FormData;
use super::form_error::FormError;
use crate::cell::Exchange;

/// What an exchange keeps of its upload; made when somebody asks for a form or a part.
#[derive(Debug, Default)]
pub(super) struct Upload {
    reader: OnceLock<Result<Mutex<Reader>, FormError>>,
    pub(super) form: OnceLock<Result<Arc<FormData>, FormError>>,
}

/// A multipart body and how far it has been read.
#[derive(Debug)]
pub(super) struct Reader {
    decoder: Decoder,
    /// Bytes of the body that may yet come; a form limits them.
    left: u64,
    /// Parts so far. The last of them is the current one.
    count: usize,
    /// The current part, until its end.
    head: Option<Arc<PartHead>>,
    /// A step that is being put together.
    gathered: Gathered,
    /// Data of the current part that did not fit into the last step.
    ahead: Bytes,
    failed: Option<FormError>,
}

/// A part, by the number it has in its body.
pub(super) type NumberedPart = (usize, Arc<PartHead>);

/// A piece of a part's data, and whether it is the last one.
pub(super) type Step = (NumberedPart, Bytes, bool);

impl Exchange {
    pub(super) fn upload(&self) -> &Upload {
        self.views().upload.get_or_init(Box::default)
    }

    /// The multipart body, to be read on. No user code runs under its lock.
    pub(super) fn multipart(&self) -> Result<MutexGuard<'_, Reader>, FormError> {
        let reader = self.upload().reader.get_or_init(|| Ok(Mutex::new(Reader::new(self)?)));
        let reader = reader.as_ref().map_err(|error| *error)?;
        Ok(reader.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next part; what is left of the current one is skipped.
    pub(super) fn poll_part(
        &self,
        cx: &mut Context<'_>,
        max_parts: usize,
    ) -> Poll<Result<Option<NumberedPart>, FormError>> {
        self.multipart()?.poll_part(self, cx, max_parts)
    }

    /// The next data of a part; `None` at its end.
    pub(super) fn poll_data(
        &self,
        cx: &mut Context<'_>,
        number: usize,
    ) -> Poll<Result<Option<Bytes>, FormError>> {
        self.multipart()?.poll_data(self, cx, number)
    }

    /// The next step: at most `max_file_size` bytes of the current part, or of the next one.
    pub(super) fn poll_step(
        &self,
        cx: &mut Context<'_>,
        limits: FileLimits,
    ) -> Poll<Result<Option<Step>, FormError>> {
        self.multipart()?.poll_step(self, cx, limits)
    }
}

impl Reader {
    fn new(exchange: &Exchange) -> Result<Self, FormError> {
        let fields = exchange.head.fields();
        let content_type = fields.get("Content-Type").unwrap_or_default();
        let boundary = boundary_of(content_type)?;
        check_coding(fields)?;
        // Who asks for parts says how many; a body's own size bounds the rest.
        let limits = Limits { max_parts: usize::MAX, ..Limits::default() };
        let mut decoder = Decoder::new(boundary, limits);
        if let Some(body) = exchange.whole_body() {
            decoder.feed(body);
        }
        Ok(Self {
            decoder,
            left: u64::MAX,
            count: 0,
            head: None,
            gathered: Gathered::default(),
            ahead: Bytes::new(),
            failed: None,
        })
    }

    /// Sets how many bytes of the body may yet come.
    pub(super) fn limit(&mut self, bytes: u64) {
        self.left = bytes;
    }

    fn poll_part(
        &mut self,
        exchange: &Exchange,
        cx: &mut Context<'_>,
        max_parts: usize,
    ) -> Poll<Result<Option<NumberedPart>, FormError>> {
        self.ahead = Bytes::new();
        self.gathered = Gathered::default();
        loop {
            match ready!(self.poll_event(exchange, cx))? {
                Event::Part(_) if self.count >= max_parts => {
                    return Poll::Ready(Err(self.fail(MultipartError::TooManyParts.into())));
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

    fn poll_data(
        &mut self,
        exchange: &Exchange,
        cx: &mut Context<'_>,
        number: usize,
    ) -> Poll<Result<Option<Bytes>, FormError>> {
        if number != self.count {
            return Poll::Ready(Err(ConnectionError::from(Misuse::BodyAlreadyRead).into()));
        }
        let begun = self.gathered.take();
        if !begun.is_empty() {
            return Poll::Ready(Ok(Some(begun)));
        }
        self.poll_next(exchange, cx)
    }

    fn poll_step(
        &mut self,
        exchange: &Exchange,
        cx: &mut Context<'_>,
        limits: FileLimits,
    ) -> Poll<Result<Option<Step>, FormError>> {
        let part = match &self.head {
            Some(head) => Some((self.count, Arc::clone(head))),
            None => ready!(self.poll_part(exchange, cx, limits.max_files))?,
        };
        let Some(part) = part else { return Poll::Ready(Ok(None)) };
        loop {
            let Some(mut data) = ready!(self.poll_next(exchange, cx))? else {
                return Poll::Ready(Ok(Some((part, self.gathered.take(), true))));
            };
            let room = limits.max_file_size.max(1).saturating_sub(self.gathered.len());
            // Only what follows tells a part that is full from one that goes on.
            if room == 0 {
                self.ahead = data;
                return Poll::Ready(Ok(Some((part, self.gathered.take(), false))));
            }
            self.gathered.push(data.split_to(room.min(data.len())));
            self.ahead = data;
        }
    }

    /// The next data of the current part.
    fn poll_next(
        &mut self,
        exchange: &Exchange,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, FormError>> {
        if !self.ahead.is_empty() {
            return Poll::Ready(Ok(Some(std::mem::take(&mut self.ahead))));
        }
        if self.head.is_none() {
            return Poll::Ready(Ok(None));
        }
        match ready!(self.poll_event(exchange, cx))? {
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
        exchange: &Exchange,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Event, FormError>> {
        if let Some(error) = self.failed {
            return Poll::Ready(Err(error));
        }
        loop {
            match self.decoder.poll() {
                Ok(Event::NeedInput) => match ready!(poll_piece(exchange, cx, usize::MAX))? {
                    Some(piece) => match self.left.checked_sub(piece.len() as u64) {
                        Some(left) => {
                            self.left = left;
                            self.decoder.feed(piece);
                        }
                        None => return Poll::Ready(Err(self.fail(FormError::TooLarge))),
                    },
                    None => self.decoder.finish(),
                },
                event => return Poll::Ready(event.map_err(Into::into)),
            }
        }
    }

    /// An error is final.
    fn fail(&mut self, error: FormError) -> FormError {
        self.failed = Some(error);
        error
    }
}
