//! `response.sendfile`: one file as the answer.

use std::borrow::Cow;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;
use tremolo_core::representation::Refusal;
use tremolo_core::{Exchange, Now};
use tremolo_files::{FileHead, OpenError, OpenFile, ServedFile, Types};

use crate::blocking::Blocking;
use crate::error::HttpError;
use crate::response::Response;

/// A file to be sent, and its options. A path is the whole file.
///
/// ```
/// use tremolo::{HttpError, Response, SendFile};
///
/// async fn slice(response: Response) -> Result<(), HttpError> {
///     response.sendfile(SendFile::new("/srv/film.mp4").offset(1_000).count(500)).await
/// }
/// # tremolo::Application::new().route("/slice", slice);
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is sent by `Response::sendfile`"]
pub struct SendFile {
    path: PathBuf,
    offset: u64,
    count: Option<u64>,
    content_type: Option<Cow<'static, str>>,
    rate: Option<u64>,
    accept_ranges: bool,
}

impl SendFile {
    /// All of a file. The path is the application's own: one that a client can influence is for
    /// [`StaticFiles`](crate::StaticFiles).
    pub fn new(path: impl Into<PathBuf>) -> Self {
        let (path, accept_ranges) = (path.into(), true);
        Self { path, offset: 0, count: None, content_type: None, rate: None, accept_ranges }
    }

    /// The offset in bytes from the start of the file; at most its length.
    pub fn offset(mut self, bytes: u64) -> Self {
        self.offset = bytes;
        self
    }

    /// The most bytes to send. Default: up to the end of the file.
    pub fn count(mut self, bytes: u64) -> Self {
        self.count = Some(bytes);
        self
    }

    /// The content type. Default: that of the extension of the name, `application/octet-stream`
    /// if it is unknown; `.svgz` then has `Content-Encoding: gzip` as well.
    pub fn content_type(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        self.content_type = Some(value.into());
        self
    }

    /// Bytes per second, instead of `download_rate`; 0 for no limit.
    pub fn rate(mut self, bytes_per_second: u64) -> Self {
        self.rate = Some(bytes_per_second);
        self
    }

    /// Whether clients may ask for parts of it. Default: true.
    pub fn accept_ranges(mut self, accept: bool) -> Self {
        self.accept_ranges = accept;
        self
    }
}

impl<P: AsRef<Path>> From<P> for SendFile {
    fn from(path: P) -> Self {
        Self::new(path.as_ref())
    }
}

impl Response {
    /// Answers with a file: whole, or the part of it that the request asks for (`Range`,
    /// `If-Range`), or with 304 if the client has it already (`If-None-Match`,
    /// `If-Modified-Since`). It gets an `ETag`, `Last-Modified`, `Accept-Ranges`, its length and
    /// its type; of what was set before, fields and a status other than 200 stay.
    ///
    /// The file is opened once: what was announced is sent, also when the name is replaced
    /// meanwhile. If it shrinks, the connection is cut. When this returns, the response is over
    /// and its bytes are queued; they leave while the connection lasts, and no timeout of
    /// the handler runs meanwhile.
    ///
    /// # Errors
    ///
    /// For `?`: 404 for no such file, 403 for one that may not be read, 412
    /// and 416 for a condition or a range that does not hold, 500 otherwise, also if the response
    /// has ended. None of them contains the path.
    pub async fn sendfile(&self, file: impl Into<SendFile>) -> Result<(), HttpError> {
        let file = file.into();
        let (types, name) = (Types::default(), file.path.as_os_str().as_bytes());
        let (content_type, content_encoding) = match file.content_type {
            Some(Cow::Borrowed(own)) => (Cow::Borrowed(own.as_bytes()), None),
            Some(Cow::Owned(own)) => (Cow::Owned(own.into_bytes()), None),
            None => (types.of(name).into(), types.coding_of(name)),
        };
        let rate = file.rate;
        let head = FileHead { content_type, content_encoding, fields: Vec::new(), rate };
        let opened = match OpenFile::open_cached(&file.path) {
            Err(OpenError::WouldBlock) => {
                let path = file.path;
                spawn_blocking(move || OpenFile::open(path)).await?
            }
            answer => answer,
        };
        let served = ServedFile::new(opened.map_err(refuse)?, file.offset, file.count)
            .accept_ranges(file.accept_ranges);
        self.send_served(&served, &head).await
    }

    pub(super) async fn send_served(
        &self,
        file: &ServedFile,
        head: &FileHead,
    ) -> Result<(), HttpError> {
        // Before the middleware, which may change it.
        self.exchange().act(|exchange, _| head.apply(exchange))?;
        self.exchange().before_head().await?;
        let send = |exchange: &mut Exchange<'_>, now: &Now| file.send(exchange, now);
        let refusal = self.exchange().act_when_writable(send).await?;
        refusal.map_or(Ok(()), |refusal| Err(refused(&refusal)))
    }
}

impl Blocking<Response> {
    /// [`Response::sendfile`].
    ///
    /// # Errors
    ///
    /// Those of [`Response::sendfile`].
    pub fn sendfile(&self, file: impl Into<SendFile>) -> Result<(), HttpError> {
        self.wait(Response::sendfile(self, file))
    }
}

/// The error page of a refusal.
pub(super) fn refused(Refusal { status, fields }: &Refusal) -> HttpError {
    let error = HttpError::new(status.as_u16());
    fields.iter().fold(error, |error, (name, value)| error.with_header(name, value))
}

/// The error of the system goes into the log, and not to the client.
pub(super) fn refuse(error: OpenError) -> HttpError {
    let status = error.status();
    let refused = HttpError::new(status);
    if status >= 500 { refused.with_source(error) } else { refused }
}
