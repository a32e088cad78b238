//! A multipart body while it is read: which event leads to which part, piece or step.
//!
//! At most the data of one step is held, and without steps only what the decoder holds back.

use std::sync::Arc;
use std::task::{Poll, ready};

use bytes::Bytes;

use super::body_buffer::BodyBuffer;
use super::error::FormError;
use super::limits::FileLimits;
use crate::content::{AcceptedCodings, check_coding};
use crate::error::Misuse;
use crate::http1::fields::Fields;
use crate::multipart::{Decoder, Event, Limits, MultipartError, PartHead, boundary_of};

/// Reads the parts of a multipart body.
///
/// **`Poll::Pending` asks for more of the body: [`feed`](Self::feed) the next piece or, at its end,
/// call [`finish`](Self::finish), and poll again.** No waker is involved. All readers of a body
/// share one `PartReader`: each continues where another has stopped.
///
/// ```
/// use std::task::Poll;
///
/// use bytes::{Bytes, BytesMut};
/// use tremolo_core::Config;
/// use tremolo_core::content::AcceptedCodings;
/// use tremolo_core::form::{FileLimits, PartReader};
/// use tremolo_core::http1::request::{HeadParser, RequestHead};
///
/// let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\
///             Content-Type: multipart/form-data; boundary=b\r\n\r\n";
/// let (mut input, mut request) = (BytesMut::from(head), RequestHead::default());
/// HeadParser::default().parse(&mut input, &Config::default(), &mut request)?;
///
/// let mut reader = PartReader::new(request.fields(), AcceptedCodings::Identity)?;
/// assert!(reader.poll_step(FileLimits::default()).is_pending());
/// reader.feed(Bytes::from_static(
///     b"--b\r\nContent-Disposition: form-data; name=\"greeting\"\r\n\r\nHello\r\n--b--\r\n",
/// ))?;
/// reader.finish();
/// let Poll::Ready(Ok(Some(step))) = reader.poll_step(FileLimits::default()) else { panic!() };
/// assert_eq!((step.part.head.name(), &*step.data, step.is_last), ("greeting", &b"Hello"[..], true));
/// assert!(matches!(reader.poll_step(FileLimits::default()), Poll::Ready(Ok(None))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PartReader {
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

/// A part of a multipart body.
#[derive(Clone, Debug)]
pub struct NumberedPart {
    /// Which part of its body it is, from 1.
    pub number: usize,
    /// Its fields.
    pub head: Arc<PartHead>,
}

/// The data of a part, or of a large one the next so many bytes.
#[derive(Clone, Debug)]
pub struct Step {
    /// The part.
    pub part: NumberedPart,
    /// Its data.
    pub data: Bytes,
    /// Whether the part ends with this step.
    pub is_last: bool,
}

impl PartReader {
    /// A reader of the body of the request with these fields.
    ///
    /// # Errors
    ///
    /// [`FormError::ContentType`], [`FormError::Multipart`], [`FormError::Content`].
    pub fn new(fields: Fields<'_>, accepted: AcceptedCodings) -> Result<Self, FormError> {
        let content_type = fields.get("Content-Type").unwrap_or_default();
        let boundary = boundary_of(content_type)?;
        check_coding(fields, accepted)?;
        // Each call has a limit of parts of its own; the size of the body bounds the rest.
        let limits = Limits { max_parts: usize::MAX, ..Limits::default() };
        Ok(Self {
            decoder: Decoder::new(boundary, limits),
            left: u64::MAX,
            count: 0,
            head: None,
            buffer: BodyBuffer::default(),
            ahead: Bytes::new(),
            failed: None,
        })
    }

    /// Sets how many more bytes of the body are allowed.
    pub fn limit(&mut self, bytes: u64) {
        self.left = bytes;
    }

    /// Takes the next piece of the body.
    ///
    /// # Errors
    ///
    /// [`FormError::TooLarge`] if it exceeds the limit. The error is final.
    pub fn feed(&mut self, piece: Bytes) -> Result<(), FormError> {
        match self.left.checked_sub(piece.len() as u64) {
            Some(left) => {
                self.left = left;
                self.decoder.feed(piece);
                Ok(())
            }
            None => Err(self.keep_error(FormError::TooLarge)),
        }
    }

    /// Marks the end of the body.
    pub fn finish(&mut self) {
        self.decoder.finish();
    }

    /// The next part, if it is among the first `max_parts`; the rest of the current part is
    /// skipped. `None` after the last part.
    ///
    /// # Errors
    ///
    /// [`FormError::Multipart`], also for too many parts; an earlier error of [`feed`](Self::feed).
    pub fn poll_part(&mut self, max_parts: usize) -> Poll<Result<Option<NumberedPart>, FormError>> {
        self.ahead = Bytes::new();
        self.buffer = BodyBuffer::default();
        loop {
            match ready!(self.poll_event())? {
                Event::Part(_) if self.count >= max_parts => {
                    return Poll::Ready(Err(self.keep_error(MultipartError::TooManyParts.into())));
                }
                Event::Part(head) => {
                    let head = Arc::new(head);
                    self.count += 1;
                    self.head = Some(Arc::clone(&head));
                    return Poll::Ready(Ok(Some(NumberedPart { number: self.count, head })));
                }
                Event::PartEnd => self.head = None,
                Event::End => return Poll::Ready(Ok(None)),
                Event::Data(_) | Event::NeedInput => {}
            }
        }
    }

    /// The next data of the part with this number, as it was fed; `None` at its end.
    ///
    /// # Errors
    ///
    /// [`Misuse::BodyAlreadyRead`] if another part was asked for since; those of
    /// [`poll_part`](Self::poll_part).
    pub fn poll_data(&mut self, number: usize) -> Poll<Result<Option<Bytes>, FormError>> {
        if number != self.count {
            return Poll::Ready(Err(FormError::Body(Misuse::BodyAlreadyRead.into())));
        }
        let begun = self.buffer.take();
        if !begun.is_empty() {
            return Poll::Ready(Ok(Some(begun)));
        }
        self.poll_next()
    }

    /// The next step: at most `max_file_size` bytes of the current part, or of the next one. `None`
    /// after the last part.
    ///
    /// # Errors
    ///
    /// Those of [`poll_part`](Self::poll_part).
    pub fn poll_step(&mut self, limits: FileLimits) -> Poll<Result<Option<Step>, FormError>> {
        let part = match &self.head {
            Some(head) => Some(NumberedPart { number: self.count, head: Arc::clone(head) }),
            None => ready!(self.poll_part(limits.max_files))?,
        };
        let Some(part) = part else { return Poll::Ready(Ok(None)) };
        let most = limits.max_file_size.max(1);
        if self.buffer.len() > most {
            // An earlier call with a larger limit was given up while it waited for input.
            self.ahead = self.buffer.take();
        }
        loop {
            let Some(mut data) = ready!(self.poll_next())? else {
                let data = self.buffer.take();
                return Poll::Ready(Ok(Some(Step { part, data, is_last: true })));
            };
            let room = most.saturating_sub(self.buffer.len());
            // The next data shows whether the part ends here or continues.
            if room == 0 {
                self.ahead = data;
                let data = self.buffer.take();
                return Poll::Ready(Ok(Some(Step { part, data, is_last: false })));
            }
            self.buffer.push(data.split_to(room.min(data.len())));
            self.ahead = data;
        }
    }

    /// The next data of the current part.
    fn poll_next(&mut self) -> Poll<Result<Option<Bytes>, FormError>> {
        if !self.ahead.is_empty() {
            return Poll::Ready(Ok(Some(std::mem::take(&mut self.ahead))));
        }
        if self.head.is_none() {
            return Poll::Ready(Ok(None));
        }
        match ready!(self.poll_event())? {
            Event::Data(data) => Poll::Ready(Ok(Some(data))),
            Event::Part(_) | Event::PartEnd | Event::End | Event::NeedInput => {
                self.head = None;
                Poll::Ready(Ok(None))
            }
        }
    }

    /// The next event of the decoder; never `NeedInput`.
    fn poll_event(&mut self) -> Poll<Result<Event, FormError>> {
        if let Some(error) = self.failed {
            return Poll::Ready(Err(error));
        }
        match self.decoder.poll() {
            Ok(Event::NeedInput) => Poll::Pending,
            event => Poll::Ready(event.map_err(Into::into)),
        }
    }

    /// Keeps an error: it is final.
    fn keep_error(&mut self, error: FormError) -> FormError {
        self.failed = Some(error);
        error
    }
}
