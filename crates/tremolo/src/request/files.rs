//! A multipart body in steps of bounded size: one per file, or several for a large one.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use tremolo_core::form::{FileLimits, FormError, NumberedPart, Step};
use tremolo_core::multipart::PartHead;

use super::Request;
use super::parts::PartStream;
use crate::shared_connection::Exchange;

impl Request {
    /// The parts of a `multipart/form-data` body, each with its data: fields and files alike. One
    /// that is larger than `max_file_size` comes in several steps; the last has `eof`.
    ///
    /// A second call continues where the first stopped. The body is at most
    /// `client_max_body_size` long (2 MiB by default), or what [`Request::set_body_limit`]
    /// allows.
    ///
    /// ```
    /// use tremolo::{HttpError, Request};
    ///
    /// async fn upload(request: Request) -> Result<String, HttpError> {
    ///     request.set_body_limit(1 << 30)?;
    ///     let (mut files, mut lines) = (request.files(), String::new());
    ///     while let Some(step) = files.next().await {
    ///         let step = step?;
    ///         let end = if step.eof { "complete" } else { "to be continued" };
    ///         lines += &format!("{}: {} bytes, {end}\n", step.name(), step.data.len());
    ///     }
    ///     Ok(lines)
    /// }
    /// # tremolo::Application::new().route("/", upload);
    /// ```
    #[must_use]
    pub fn files(&self) -> Files {
        self.files_with(FileLimits::default())
    }

    /// [`Request::files`] with other limits.
    #[must_use]
    pub fn files_with(&self, limits: FileLimits) -> Files {
        Files { exchange: Arc::clone(&self.exchange), limits, failed: false }
    }
}

/// The steps of a multipart body; see [`Request::files`].
#[derive(Clone)]
pub struct Files {
    exchange: Arc<Exchange>,
    limits: FileLimits,
    failed: bool,
}

impl Files {
    /// The next step; `None` after the last part, or after an error.
    pub async fn next(&mut self) -> Option<Result<FileStep, FormError>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for Files {
    type Item = Result<FileStep, FormError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.failed {
            return Poll::Ready(None);
        }
        let step = ready!(self.exchange.poll_step(cx, self.limits));
        self.failed = step.is_err();
        let exchange = &self.exchange;
        Poll::Ready(step.transpose().map(|step| {
            let Step { part, data, is_last: eof } = step?;
            Ok(FileStep { exchange: Arc::clone(exchange), part, data, eof })
        }))
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// A part of a multipart body, or a piece of a large one.
#[derive(Clone)]
#[non_exhaustive]
pub struct FileStep {
    exchange: Arc<Exchange>,
    part: NumberedPart,
    /// The data: the whole of the part, or the next `max_file_size` bytes.
    pub data: Bytes,
    /// Whether the part ends with this step.
    pub eof: bool,
}

impl FileStep {
    /// The name of the form's field; it may be empty.
    #[must_use]
    pub fn name(&self) -> &str {
        self.head().name()
    }

    /// The file name that the client sent: it may contain slashes, `..`, any text. `None`
    /// for a part that is no file; empty if no file was chosen.
    #[must_use]
    pub fn filename(&self) -> Option<&str> {
        self.head().filename()
    }

    /// The content type that the client sent.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.head().content_type()
    }

    /// The head of the part.
    #[must_use]
    pub fn head(&self) -> &PartHead {
        &self.part.head
    }

    /// What is left of the part after this step, in pieces as they come from the network.
    #[must_use]
    pub fn stream(&self) -> PartStream {
        PartStream::new(&self.exchange, self.part.number)
    }
}

impl fmt::Debug for FileStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStep")
            .field("head", self.head())
            .field("bytes", &self.data.len())
            .field("eof", &self.eof)
            .finish_non_exhaustive()
    }
}
