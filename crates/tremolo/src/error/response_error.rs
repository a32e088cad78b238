//! Errors that have a status: how they become an [`HttpError`].
//!
//! A blanket `From` for every [`std::error::Error`] would forbid programs an implementation for their
//! own types, and one for `anyhow::Error`: ARCHITECTURE.md, "Errors of the Rust front".

use std::borrow::Cow;
use std::error::Error as StdError;

use http::StatusCode;
use tremolo_core::content::ContentError;
use tremolo_core::form::FormError;
use tremolo_core::multipart::MultipartError;
use tremolo_core::{Error as ConnectionError, PeerError};

use super::{HttpError, LockTimeout};

/// Any error. A handler that returns `Result<_, BoxError>` takes all of them with `?`; each is a 500,
/// except an [`HttpError`] and the faults of the client that reads report.
///
/// ```
/// use tremolo::{BoxError, HttpError, Request};
///
/// async fn sum(request: Request) -> Result<String, BoxError> {
///     let body = request.body().await?; // 413, if it is too large
///     let text = std::str::from_utf8(&body).map_err(|_| HttpError::bad_request())?; // 400
///     let lines: Result<Vec<i64>, _> = text.lines().map(str::parse).collect();
///     Ok(lines?.iter().sum::<i64>().to_string()) // 500
/// }
/// # tremolo::Application::new().route("/sum", sum);
/// ```
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// An error type with a status for each of its values, so that `?` and `Result` in handlers answer
/// with it.
///
/// The client sees the text of an error of its own (4xx); the text of any other goes to the log, and
/// to the client only if `debug` is set. Where that is not enough, implement `From<MyError> for
/// HttpError` instead of this trait.
///
/// ```
/// use tremolo::{HandlerResult, ResponseError};
///
/// #[derive(Debug, thiserror::Error)]
/// enum ShopError {
///     #[error("there is no article {0}")]
///     Unknown(u64),
///     #[error("sold out")]
///     SoldOut,
///     #[error("the database: {0}")]
///     Database(#[from] std::io::Error),
/// }
///
/// impl ResponseError for ShopError {
///     fn status(&self) -> u16 {
///         match self {
///             Self::Unknown(_) => 404,
///             Self::SoldOut => 409,
///             Self::Database(_) => 503,
///         }
///     }
/// }
///
/// fn order(id: u64) -> Result<String, ShopError> {
///     if id == 7 { Err(ShopError::SoldOut) } else { Err(ShopError::Unknown(id)) }
/// }
///
/// async fn direct() -> Result<String, ShopError> {
///     order(7)
/// }
///
/// async fn mixed() -> HandlerResult<String> {
///     let order = order(8)?;
///     Ok(std::fs::read_to_string(order)?)
/// }
/// # tremolo::Application::new().route("/", direct).route("/mixed", mixed);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no status: write `.or_status(500)?`, or `impl ResponseError for {Self}`, or return \
               `Result<_, BoxError>`",
    label = "an error without a status: `.or_status(500)?` chooses one, `impl ResponseError` has one for a type",
    note = "`use tremolo::{{BoxError, OrStatus, ResponseError}}`; `impl From<{Self}> for HttpError` works as well"
)]
pub trait ResponseError: StdError + Send + Sync + 'static {
    /// The status of the response, 200–599. Default: 500.
    fn status(&self) -> u16 {
        500
    }

    /// Adds fields or members to the response. Default: nothing.
    #[must_use]
    fn describe(&self, response: HttpError) -> HttpError {
        response
    }
}

impl<E: ResponseError> From<E> for HttpError {
    fn from(error: E) -> Self {
        response_of(&error).with_source(error)
    }
}

/// The status of an error, the text that the client may see, and what describes it.
fn response_of(error: &impl ResponseError) -> HttpError {
    let mut response = HttpError::new(error.status());
    if (400..500).contains(&response.status()) {
        response = response.with_message(error.to_string());
    }
    error.describe(response)
}

/// `Err(StatusCode::NOT_FOUND)`: the text for the client is the reason phrase.
impl From<StatusCode> for HttpError {
    fn from(status: StatusCode) -> Self {
        Self::new(status)
    }
}

/// `Err((StatusCode::CONFLICT, "sold out"))`: a status, and the text for the client.
impl<M: Into<Cow<'static, str>>> From<(StatusCode, M)> for HttpError {
    fn from((status, message): (StatusCode, M)) -> Self {
        Self::new(status).with_message(message)
    }
}

/// An [`HttpError`] in it, or below it, answers; else a fault of the client that a read has
/// reported; else it is a 500.
impl From<BoxError> for HttpError {
    fn from(error: BoxError) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(http) => return *http,
            Err(error) => error,
        };
        let mut next: Option<&(dyn StdError + 'static)> = Some(&*error);
        let mut response = None;
        for _ in 0..MAX_SOURCES {
            let Some(source) = next else { break };
            response = known(source);
            if response.is_some() {
                break;
            }
            next = source.source();
        }
        response.unwrap_or_else(Self::internal_server_error).with_source(error)
    }
}

/// The response to an error whose type this crate knows.
fn known(error: &(dyn StdError + 'static)) -> Option<HttpError> {
    fn of<E: ResponseError>(error: &(dyn StdError + 'static)) -> Option<HttpError> {
        error.downcast_ref::<E>().map(response_of)
    }
    error
        .downcast_ref::<HttpError>()
        .map(HttpError::without_source)
        .or_else(|| of::<ConnectionError>(error))
        .or_else(|| of::<PeerError>(error))
        .or_else(|| of::<FormError>(error))
        .or_else(|| of::<ContentError>(error))
        .or_else(|| of::<MultipartError>(error))
        .or_else(|| of::<LockTimeout>(error))
}

impl ResponseError for PeerError {
    fn status(&self) -> u16 {
        (*self).status().as_u16()
    }

    fn describe(&self, mut response: HttpError) -> HttpError {
        if let Some((name, value)) = self.field() {
            response = response.with_header(name, value);
        }
        match self.reason() {
            Some((name, text)) => response.with_member(name, text),
            None => response,
        }
    }
}

impl ResponseError for ConnectionError {
    fn status(&self) -> u16 {
        match self {
            Self::Peer(fault) => ResponseError::status(fault),
            _ => 500,
        }
    }

    fn describe(&self, response: HttpError) -> HttpError {
        match self {
            // 501 and 503 are no errors of the server: the client may see the text.
            Self::Peer(fault) => fault.describe(response.with_message(fault.to_string())),
            _ => response,
        }
    }
}

impl ResponseError for ContentError {
    fn status(&self) -> u16 {
        (*self).status().as_u16()
    }

    fn describe(&self, mut response: HttpError) -> HttpError {
        if let Some((name, value)) = self.field() {
            response = response.with_header(name, value);
        }
        response.with_member("field", self.request_field())
    }
}

impl ResponseError for MultipartError {
    fn status(&self) -> u16 {
        (*self).status().as_u16()
    }
}

impl ResponseError for FormError {
    fn status(&self) -> u16 {
        (*self).status().as_u16()
    }

    fn describe(&self, response: HttpError) -> HttpError {
        match self {
            Self::Body(error) => error.describe(response),
            Self::Content(error) => error.describe(response),
            Self::ContentType { .. } => response.with_member("field", "Content-Type"),
            Self::TooManyFields => response.with_member("limit", "max_fields"),
            Self::TooLarge => response.with_member("limit", "max_size"),
            _ => response,
        }
    }
}

impl ResponseError for LockTimeout {
    fn status(&self) -> u16 {
        503
    }
}

/// The most sources that are read: an error may be its own source.
const MAX_SOURCES: usize = 32;
