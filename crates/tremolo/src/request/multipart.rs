//! The multipart body of an exchange, read by all its readers: a second one continues where the
//! first stopped, and one that is cancelled loses nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tremolo_core::content::AcceptedCodings;
use tremolo_core::form::{FileLimits, FormError, NumberedPart, PartReader, Step};

use super::body::poll_piece;
use crate::shared_connection::Exchange;
use crate::upload::Upload;

impl Exchange {
    pub(super) fn upload(&self) -> &Upload {
        self.views().upload.get_or_init(Box::default)
    }

    /// The content codings that the request may have.
    pub(super) fn accepted_codings(&self) -> AcceptedCodings {
        if self.head.fields().get("content-encoding").is_none() {
            return AcceptedCodings::Identity;
        }
        self.act(|exchange, _| Ok(exchange.body().accepted_codings())).unwrap_or_default()
    }

    /// The multipart body, locked. No user code runs under its lock.
    pub(super) fn multipart(&self) -> Result<MutexGuard<'_, PartReader>, FormError> {
        let reader = self.upload().reader.get_or_init(|| {
            let mut reader = PartReader::new(self.head.fields(), self.accepted_codings())?;
            if let Some(body) = self.whole_body() {
                reader.feed(body)?;
            }
            Ok(Mutex::new(reader))
        });
        let reader = reader.as_ref().map_err(|error| *error)?;
        Ok(reader.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Polls the reader, and feeds it with the pieces of the body that were not read yet.
    fn poll_reader<T>(
        &self,
        cx: &mut Context<'_>,
        mut poll: impl FnMut(&mut PartReader) -> Poll<Result<T, FormError>>,
    ) -> Poll<Result<T, FormError>> {
        let mut reader = self.multipart()?;
        loop {
            if let Poll::Ready(result) = poll(&mut reader) {
                return Poll::Ready(result);
            }
            match ready!(poll_piece(self, cx, usize::MAX))? {
                Some(piece) => reader.feed(piece)?,
                None => reader.finish(),
            }
        }
    }

    /// The next part; what is left of the current one is skipped.
    pub(super) fn poll_part(
        &self,
        cx: &mut Context<'_>,
        max_parts: usize,
    ) -> Poll<Result<Option<NumberedPart>, FormError>> {
        self.poll_reader(cx, |reader| reader.poll_part(max_parts))
    }

    /// The next data of a part; `None` at its end.
    pub(super) fn poll_data(
        &self,
        cx: &mut Context<'_>,
        number: usize,
    ) -> Poll<Result<Option<Bytes>, FormError>> {
        self.poll_reader(cx, |reader| reader.poll_data(number))
    }

    /// The next step: at most `max_file_size` bytes of the current part, or of the next one.
    pub(super) fn poll_step(
        &self,
        cx: &mut Context<'_>,
        limits: FileLimits,
    ) -> Poll<Result<Option<Step>, FormError>> {
        self.poll_reader(cx, |reader| reader.poll_step(limits))
    }
}
