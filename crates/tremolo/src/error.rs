//! Two kinds of errors: [`HttpError`] answers a request, [`Error`] ends a server.

mod cause;
mod lock_timeout;
mod server_error;
mod websocket_error;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use http::StatusCode;
use tremolo_core::content::ContentError;
use tremolo_core::form::FormError;
use tremolo_core::http1::response::FieldList;
use tremolo_core::multipart::MultipartError;
use tremolo_core::{Error as ConnectionError, escape_controls, reason_of};

use self::cause::Cause;
pub use self::lock_timeout::LockTimeout;
pub use self::server_error::Error;
pub use self::websocket_error::WebSocketError;
use crate::catch_panic::Panicked;

/// The result of setting up and running a server.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error that answers a request: a status, a text for the client, fields that belong to it.
///
/// Any other error becomes one with `?`: a 500 whose text goes to the log, and to the client only
/// if `debug` is set. A fault of the client that a read reports keeps its status. What is no
/// [`std::error::Error`] itself, as `Box<dyn Error>` and `anyhow::Error` are not, becomes one with
/// [`with_source`](Self::with_source).
///
/// ```
/// use tremolo::HttpError;
///
/// async fn handler() -> Result<String, HttpError> {
///     let text = std::fs::read_to_string("/nonexistent")?; // 500, the reason is logged
///     if text.is_empty() {
///         return Err(HttpError::not_found().with_message("nothing here"));
///     }
///     Ok(text)
/// }
/// # tremolo::Application::new().route("/", handler);
/// ```
///
/// An error type of yours that knows its status is turned into one by a `From`. It is not a
/// [`std::error::Error`] then: those are all 500.
///
/// ```
/// use tremolo::HttpError;
///
/// enum Refusal {
///     Unknown(u64),
///     Storage(std::io::Error),
/// }
///
/// impl From<Refusal> for HttpError {
///     fn from(refusal: Refusal) -> Self {
///         match refusal {
///             Refusal::Unknown(id) => Self::not_found().with_message(format!("There is no {id}")),
///             Refusal::Storage(error) => Self::service_unavailable().with_source(error),
///         }
///     }
/// }
///
/// async fn handler() -> Result<String, Refusal> {
///     let text = std::fs::read_to_string("/nonexistent").map_err(Refusal::Storage)?;
///     if text.is_empty() { Err(Refusal::Unknown(7)) } else { Ok(text) }
/// }
/// # tremolo::Application::new().route("/", handler);
/// ```
pub struct HttpError(Box<Inner>);

struct Inner {
    status: u16,
    message: Option<Cow<'static, str>>,
    content_type: Option<Cow<'static, str>>,
    fields: FieldList,
    cause: Cause,
}

impl HttpError {
    /// An error with this status (200–599; the server answers 500 for another one).
    #[must_use]
    pub fn new(status: u16) -> Self {
        let (fields, cause) = Default::default();
        Self(Box::new(Inner { status, message: None, content_type: None, fields, cause }))
    }

    /// 400: the request is malformed.
    #[must_use]
    pub fn bad_request() -> Self {
        Self::new(400)
    }

    /// 401: it needs to be authenticated.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(401)
    }

    /// 403: it is not allowed.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(403)
    }

    /// 404: there is nothing here.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(404)
    }

    /// 405: not with this method; `allow` lists those that are.
    #[must_use]
    pub fn method_not_allowed(allow: &str) -> Self {
        Self::new(405).with_header("Allow", allow)
    }

    /// 408: the request took too long.
    #[must_use]
    pub fn request_timeout() -> Self {
        Self::new(408)
    }

    /// 412: a precondition does not hold.
    #[must_use]
    pub fn precondition_failed() -> Self {
        Self::new(412)
    }

    /// 413: the body is too large.
    #[must_use]
    pub fn payload_too_large() -> Self {
        Self::new(413)
    }

    /// 416: nothing of the range exists.
    #[must_use]
    pub fn range_not_satisfiable() -> Self {
        Self::new(416)
    }

    /// 417: the expectation cannot be met.
    #[must_use]
    pub fn expectation_failed() -> Self {
        Self::new(417)
    }

    /// 429: too many requests.
    #[must_use]
    pub fn too_many_requests() -> Self {
        Self::new(429)
    }

    /// 500: the server failed.
    #[must_use]
    pub fn internal_server_error() -> Self {
        Self::new(500)
    }

    /// 503: the server cannot answer now.
    #[must_use]
    pub fn service_unavailable() -> Self {
        Self::new(503)
    }

    /// The text that the client sees; without one it sees the reason phrase.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    /// Sends the text as this type and as it is, instead of in an HTML page.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<Cow<'static, str>>) -> Self {
        self.0.content_type = Some(content_type.into());
        self
    }

    /// A field that belongs to the answer. One that could split the head is left out.
    #[must_use]
    pub fn with_header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        if let Err(misuse) = self.0.fields.append(name.as_ref(), value.as_ref()) {
            tracing::error!(%misuse, "a field of an error answer was left out");
        }
        self
    }

    /// The error behind it, for the log, and for the client only if `debug` is set: any error,
    /// boxed or not, or a text.
    ///
    /// ```
    /// use tremolo::HttpError;
    ///
    /// # fn ask_the_database() -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    /// #     Ok(String::new())
    /// # }
    /// async fn handler() -> Result<String, HttpError> {
    ///     ask_the_database().map_err(|error| HttpError::service_unavailable().with_source(error))
    /// }
    /// ```
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
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
        let (message, content_type) = (self.0.message.clone(), self.0.content_type.clone());
        let copy = Self::new(self.status()).with_source(self.to_string());
        Self(Box::new(Inner { message, content_type, fields: self.0.fields.clone(), ..*copy.0 }))
    }

    /// The texts of the error behind it and of its sources.
    pub(crate) fn causes(&self) -> Vec<String> {
        self.0.cause.texts()
    }

    /// The whole error in one line for the log, escaped. It must not be called while the connection
    /// is locked, because it calls the `Display` of the source, which is user code.
    pub(crate) fn log_text(&self) -> String {
        escape_controls(&self.to_string()).into_owned()
    }

    /// Whether the error behind it is that the connection is closed: the client has gone, and no
    /// handler has failed.
    pub(crate) fn is_closed(&self) -> bool {
        let Some(source) = self.source() else { return false };
        let socket = source.downcast_ref().is_some_and(WebSocketError::is_closed);
        socket || matches!(source.downcast_ref(), Some(ConnectionError::Closed(_)))
    }

    pub(crate) fn content_type(&self) -> Option<&str> {
        self.0.content_type.as_deref()
    }

    pub(crate) fn fields(&self) -> &FieldList {
        &self.0.fields
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0.status, reason_of(self.0.status))?;
        if let Some(message) = &self.0.message {
            write!(f, ": {message}")?;
        }
        let causes = self.causes();
        let mut new = causes.iter().filter(|cause| self.message() != cause.as_str());
        new.try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl fmt::Debug for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpError({self})")
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for HttpError {
    fn from(error: E) -> Self {
        let source: Box<dyn StdError + Send + Sync> = Box::new(error);
        // A fault of the client, in its body for instance, keeps its status and text.
        let mut http = match status_of(&*source) {
            None if source.is::<LockTimeout>() => Self::service_unavailable(),
            Some(status) => Self::new(status.as_u16()).with_message(source.to_string()),
            None => Self::internal_server_error(),
        };
        if let Some((name, value)) = field_of(&*source) {
            http = http.with_header(name, value);
        }
        http.0.cause = source.into();
        http
    }
}

/// User code that panicked is a 500; the panic is in the log.
impl From<Panicked> for HttpError {
    fn from(_: Panicked) -> Self {
        Self::internal_server_error()
    }
}

/// The content error in this error, if it is one.
fn content_error(error: &(dyn StdError + 'static)) -> Option<ContentError> {
    match error.downcast_ref() {
        Some(FormError::Content(error)) => Some(*error),
        _ => error.downcast_ref().copied(),
    }
}

/// The field of the response that belongs to an error.
fn field_of(error: &(dyn StdError + 'static)) -> Option<(&'static str, &'static str)> {
    match error.downcast_ref() {
        Some(ConnectionError::Peer(fault)) => fault.field(),
        _ => content_error(error).and_then(ContentError::field),
    }
}

/// The status of an error that is the client's fault.
fn status_of(error: &(dyn StdError + 'static)) -> Option<StatusCode> {
    if let Some(error) = content_error(error) {
        return Some(error.status());
    }
    if let Some(error) = error.downcast_ref::<FormError>() {
        return Some(error.status()).filter(StatusCode::is_client_error);
    }
    if let Some(error) = error.downcast_ref::<MultipartError>() {
        return Some(error.status());
    }
    match error.downcast_ref() {
        Some(ConnectionError::Peer(fault)) => Some(fault.status()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use tremolo_core::PeerError;

    use super::*;

    #[test]
    fn the_fault_of_a_client_keeps_its_status_and_any_other_error_is_a_500() {
        let fault = HttpError::from(ConnectionError::Peer(PeerError::BodyTooLarge));
        assert_eq!((fault.status(), fault.message()), (413, "request body too large"));
        let failure = HttpError::from(io::Error::other("secret"));
        assert_eq!((failure.status(), failure.message()), (500, ""));
        assert!(failure.source().is_some() && failure.to_string().contains("secret"));
    }

    #[test]
    fn an_error_of_any_kind_can_stand_behind_a_status() {
        let boxed: Box<dyn StdError + Send + Sync> = "secret".into();
        for error in [
            HttpError::new(503).with_source(boxed),
            HttpError::new(503).with_source("secret"),
            HttpError::new(503).with_source(io::Error::other("secret")),
        ] {
            assert_eq!((error.status(), error.message()), (503, ""));
            assert_eq!(error.source().unwrap().to_string(), "secret");
            assert_eq!(error.to_string(), "503 Service Unavailable: secret");
        }
    }
}
