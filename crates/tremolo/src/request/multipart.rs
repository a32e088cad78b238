//! The multipart body of an exchange, read by all its readers: a second one continues where the
//! first stopped, and one that is cancelled loses nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tremolo_core::Error;

use super::body::poll_piece;
use crate::error::FormError;
use crate::shared_connection::Exchange;
use crate::upload::{FileLimits, NumberedPart, Reader, Step, Upload};

impl Exchange {
    pub(super) fn upload(&self) -> &Upload {
        self.views().upload.get_or_init(Box::default)
    }

    /// The multipart body, locked. No user code runs under its lock.
    pub(super) fn multipart(&self) -> Result<MutexGuard<'_, Reader>, FormError> {
        let reader = self.upload().reader.get_or_init(|| {
            let reader = Reader::new(self.head.fields(), self.whole_body())?;
            Ok(Mutex::new(reader))
        });
        let reader = reader.as_ref().map_err(|error| *error)?;
        Ok(reader.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The pieces of the body that were not read yet.
    fn pieces(&self) -> impl FnMut(&mut Context<'_>) -> Poll<Result<Option<Bytes>, Error>> {
        |cx| poll_piece(self, cx, usize::MAX)
    }

    /// The next part; what is left of the current one is skipped.
    pub(super) fn poll_part(
        &self,
        cx: &mut Context<'_>,
        max_parts: usize,
    ) -> Poll<Result<Option<NumberedPart>, FormError>> {
        self.multipart()?.poll_part(&mut self.pieces(), cx, max_parts)
    }

    /// The next data of a part; `None` at its end.
    pub(super) fn poll_data(
        &self,
        cx: &mut Context<'_>,
        number: usize,
    ) -> Poll<Result<Option<Bytes>, FormError>> {
        self.multipart()?.poll_data(&mut self.pieces(), cx, number)
    }

    /// The next step: at most `max_file_size` bytes of the current part, or of the next one.
    pub(super) fn poll_step(
        &self,
        cx: &mut Context<'_>,
        limits: FileLimits,
    ) -> Poll<Result<Option<Step>, FormError>> {
        self.multipart()?.poll_step(&mut self.pieces(), cx, limits)
    }
}
