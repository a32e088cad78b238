//! Two kinds of errors: [`HttpError`] answers a request, [`Error`] ends a server.

mod cause;
mod constructors;
mod foreign;
mod lock_timeout;
mod or_status;
mod response_error;
mod server_error;
mod websocket_error;

#[cfg(feature = "anyhow")]
mod anyhow;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use serde_core::Serialize;
use tremolo_core::http1::response::FieldList;
use tremolo_core::{Error as ConnectionError, Member, Misuse, escape_controls, reason_of};

use self::cause::Cause;
pub use self::lock_timeout::LockTimeout;
pub use self::or_status::OrStatus;
pub use self::response_error::{BoxError, ResponseError};
pub use self::server_error::Error;
pub use self::websocket_error::WebSocketError;
use crate::catch_panic::Panicked;
use crate::status::Status;

/// The result of setting up and running a server.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The result of a handler that can fail.
///
/// ```
/// use tremolo::{HandlerResult, OrStatus, Request};
///
/// async fn greet(request: Request) -> HandlerResult<String> {
///     let name = request.query()?.get("name").or_status(400)?;
///     Ok(format!("Hello {name}"))
/// }
/// # tremolo::Application::new().route("/", greet);
/// ```
pub type HandlerResult<T, E = HttpError> = std::result::Result<T, E>;

/// An error that answers a request: a status, a text for the client, fields that belong to it.
///
/// Errors of this crate, of the standard library, of `serde_json` and of tokio become one with `?`:
/// a fault of the client that a read reports keeps its status, the others are a 500 whose text goes
/// to the log, and to the client only if `debug` is set. For other errors the program chooses the
/// status: [`OrStatus::or_status`] for one call, [`ResponseError`] or `From` for a type of its own.
/// A [`StatusCode`](crate::StatusCode) becomes one too, alone or with a text, so that handlers may
/// return `Result<_, StatusCode>` or `Result<_, (StatusCode, String)>`.
/// A handler may also return `Result<_, `[`BoxError`]`>`, which takes any error with `?`, or
/// `anyhow::Result` (feature `anyhow`): what is in them keeps its status, if it has one.
///
/// ```
/// use tremolo::{HandlerResult, HttpError, OrStatus};
///
/// async fn handler() -> HandlerResult<String> {
///     let text = std::fs::read_to_string("/nonexistent")?; // 500, the reason is logged
///     let first = text.lines().next().or_status(404)?;
///     if first.is_empty() {
///         return Err(HttpError::conflict().with_message("nothing here yet"));
///     }
///     Ok(first.to_owned())
/// }
/// # tremolo::Application::new().route("/", handler);
/// ```
///
/// The client gets the error in the format that it accepts (`Accept`): a page for browsers, problem
/// details (RFC 9457) for programs that accept JSON, else text. An error with a content type of its
/// own ([`with_content_type`](Self::with_content_type), [`with_json`](Self::with_json)) is sent as it
/// is.
pub struct HttpError(Box<Inner>);

struct Inner {
    status: u16,
    reason: Option<String>,
    message: Option<Cow<'static, str>>,
    kind: Cow<'static, str>,
    members: Vec<Member>,
    content_type: Option<Cow<'static, str>>,
    fields: FieldList,
    cause: Cause,
}

impl HttpError {
    /// An error with this status: `404`, `(418, "I'm a teapot")`, or a
    /// [`StatusCode`](crate::StatusCode) (200–599; the server answers 500 for another one).
    #[must_use]
    pub fn new<'a>(status: impl Into<Status<'a>>) -> Self {
        let Status { code, reason } = status.into();
        Self(Box::new(Inner {
            status: code,
            reason: reason.map(str::to_owned),
            message: None,
            kind: Cow::Borrowed(""),
            members: Vec::new(),
            content_type: None,
            fields: FieldList::default(),
            cause: Cause::default(),
        }))
    }

    /// The text that the client sees; without one it sees the reason phrase.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    /// Sends the text as this type and as it is, instead of in a page. No page of the application
    /// for all errors replaces it.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<Cow<'static, str>>) -> Self {
        self.0.content_type = Some(content_type.into());
        self
    }

    /// Sends this value as JSON, instead of a page. A value that cannot be written as JSON is a
    /// 500.
    ///
    /// ```
    /// use serde::Serialize;
    /// use tremolo::HttpError;
    ///
    /// #[derive(Serialize)]
    /// struct Taken { name: &'static str }
    ///
    /// async fn register() -> Result<(), HttpError> {
    ///     Err(HttpError::conflict().with_json(&Taken { name: "ada" }))
    /// }
    /// # tremolo::Application::new().route("/", register);
    /// ```
    #[must_use]
    pub fn with_json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        match serde_json::to_string(value) {
            Ok(json) => self.with_message(json).with_content_type("application/json"),
            Err(error) => error.into(),
        }
    }

    /// The URI of the kind of problem, the `type` of problem details (RFC 9457 section 3.1.1).
    /// Default: `about:blank`.
    #[must_use]
    pub fn with_type(mut self, uri: impl Into<Cow<'static, str>>) -> Self {
        self.0.kind = uri.into();
        self
    }

    /// A member of the problem details, shown by the other formats too: the name of the `field`
    /// that is wrong, or of the `limit`, for instance.
    ///
    /// ```
    /// use tremolo::HttpError;
    ///
    /// let error = HttpError::unprocessable_content()
    ///     .with_message("at least eight characters")
    ///     .with_member("field", "password");
    /// assert_eq!(error.member("field"), Some("password"));
    /// ```
    #[must_use]
    pub fn with_member(
        mut self,
        name: impl Into<Cow<'static, str>>,
        text: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.0.members.push((name.into(), text.into()));
        self
    }

    /// A field that belongs to the response. One that could split the head is left out.
    #[must_use]
    pub fn with_header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        if let Err(misuse) = self.0.fields.append(name.as_ref(), value.as_ref()) {
            tracing::error!(%misuse, "a field of an error was left out");
        }
        self
    }

    /// Sets a field in place of those of the same name.
    ///
    /// # Errors
    ///
    /// A name that is no token; CR, LF or NUL in the value.
    pub fn set_header(
        &mut self,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> std::result::Result<(), Misuse> {
        self.0.fields.set(name.as_ref(), value.as_ref())
    }

    /// Adds a field beside those of the same name.
    ///
    /// # Errors
    ///
    /// Those of [`HttpError::set_header`].
    pub fn append_header(
        &mut self,
        name: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> std::result::Result<(), Misuse> {
        self.0.fields.append(name.as_ref(), value.as_ref())
    }

    /// The error behind it, for the log, and for the client only if `debug` is set: any error,
    /// boxed or not, or a text.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.cause = source.into().into();
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The text for the client.
    #[must_use]
    pub fn message(&self) -> &str {
        self.0.message.as_deref().unwrap_or_default()
    }

    /// The text of the first member of this name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&str> {
        self.0.members.iter().find(|(known, _)| known == name).map(|(_, text)| &**text)
    }

    /// The error behind it, for the log.
    #[must_use]
    pub fn source(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.cause.get()
    }

    /// The same with the status and the fields that a layer has made of it.
    pub(crate) fn with_head(mut self, status: u16, fields: &http::HeaderMap) -> Self {
        self.0.status = status;
        self.0.fields = FieldList::default();
        fields.iter().fold(self, |error, (name, value)| error.with_header(name, value))
    }

    /// What the client sees of it.
    pub(crate) fn copied(&self) -> Self {
        self.without_source().with_source(self.to_string())
    }

    /// The texts of the error behind it and of its sources.
    pub(crate) fn causes(&self) -> Vec<String> {
        self.0.cause.texts()
    }

    /// The whole error in one line for the log, escaped. It must not be called while the connection
    /// is locked, because it calls the `Display` of the source, which is user code.
    pub(crate) fn log_text(&self) -> String {
        let mut text = self.to_string();
        for cause in self.causes().iter().filter(|cause| *cause != self.message()) {
            text.extend([": ", cause]);
        }
        escape_controls(&text).into_owned()
    }

    /// Whether the error behind it is that the connection is closed: the client has gone, and no
    /// handler has failed.
    pub(crate) fn is_closed(&self) -> bool {
        let Some(source) = self.source() else { return false };
        let socket = source.downcast_ref().is_some_and(WebSocketError::is_closed);
        socket || matches!(source.downcast_ref(), Some(ConnectionError::Closed(_)))
    }

    pub(crate) fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The URI of the kind of problem; empty for none.
    pub(crate) fn kind(&self) -> &str {
        &self.0.kind
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.0.members
    }

    pub(crate) fn content_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }

    pub(crate) fn fields(&self) -> &FieldList {
        &self.0.fields
    }

    /// The same response, without the error behind it.
    fn without_source(&self) -> Self {
        Self(Box::new(Inner {
            status: self.0.status,
            reason: self.0.reason.clone(),
            message: self.0.message.clone(),
            kind: self.0.kind.clone(),
            members: self.0.members.clone(),
            content_type: self.0.content_type.clone(),
            fields: self.0.fields.clone(),
            cause: Cause::default(),
        }))
    }
}

/// The status and the text for the client.
impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason().unwrap_or_else(|| reason_of(self.0.status));
        write!(f, "{} {reason}", self.0.status)?;
        match &self.0.message {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpError({})", self.log_text())
    }
}

impl StdError for HttpError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.get().map(|source| source as &(dyn StdError + 'static))
    }
}

/// User code that panicked is a 500; the panic is in the log.
impl From<Panicked> for HttpError {
    fn from(_: Panicked) -> Self {
        Self::internal_server_error()
    }
}

#[cfg(test)]
mod tests;
