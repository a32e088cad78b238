//! The results of handlers.

mod attachment;
mod head;
mod headers;
mod into;
mod json;
mod pieces;
mod redirect;
mod stream;
mod validators;

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::pin::Pin;

use tremolo_core::{Exchange, Piece};

pub use self::attachment::Attachment;
pub use self::headers::IntoHeaders;
pub use self::json::Json;
pub use self::pieces::Pieces;
pub use self::redirect::Redirect;
pub(crate) use self::stream::{AnyStream, begun};
pub use self::stream::{StreamPiece, StreamReply};
pub(crate) use self::validators::unix_seconds;

use crate::error::HttpError;

/// A value that a handler can return.
///
/// | value | what it does |
/// | --- | --- |
/// | text, bytes | the body, with `Content-Length` |
/// | `stream! { yield … }`, [`Pieces`] | a body in pieces |
/// | [`EventStream`](crate::signatures::EventStream) | server-sent events |
/// | `()`, `None` | no body; see below |
/// | [`LeaveOpen`] | the handles own the connection, which stays open |
/// | `Result<R, E>` | the reply, or the error's page |
/// | `(StatusCode, R)`, `(u16, R)` | the reply with this status |
/// | `(H, R)`, `(StatusCode, H, R)`, `(u16, H, R)` | the reply with these fields, from a [`HeaderMap`](http::HeaderMap) or `[(name, value)]`: [`IntoHeaders`] |
/// | [`Json`], [`Html`], [`Redirect`] | JSON, a page, a redirect |
/// | `(Attachment(name), R)` | the reply as a download: [`Attachment`] |
///
/// `()` after a `write` completes the body and keeps the connection; after an `end` it changes
/// nothing; if nothing was sent at all, the connection closes without a byte.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a reply: return text (`.to_string()`), bytes, `Json(…)`, or `.await` it if \
               it is a future",
    label = "cannot answer a request",
    note = "others are `stream! {{ … }}`, `()`, `Option`, `Result`, `(StatusCode, R)`, `StatusCode`, `Html`, \
            `Redirect`, `LeaveOpen`, or a type of yours with `impl Reply`: see `Reply`"
)]
pub trait Reply {
    /// Makes the answer to be sent.
    fn into_answer(self) -> Answer;
}

/// The parts of a reply: status and fields if it has any, and a body.
#[derive(Debug)]
pub struct Answer {
    pub(crate) status: OwnedStatus,
    pub(crate) content_type: Option<Cow<'static, str>>,
    pub(crate) fields: Vec<(Cow<'static, str>, Cow<'static, [u8]>)>,
    pub(crate) body: Body,
}

/// The status of an answer, if it has one. In one type, so that answers stay small.
#[derive(Debug, Default)]
pub(crate) struct OwnedStatus {
    code: Option<u16>,
    reason: Option<String>,
    /// Whether a client that has this version gets a 304 instead.
    conditional: bool,
}

/// The body of an answer.
pub(crate) enum Body {
    Nothing,
    Whole(Piece<'static>),
    Stream(PieceStream),
    LeaveOpen,
    Error(HttpError),
}

pub(crate) type PieceStream = Pin<Box<dyn AnyStream>>;

impl Answer {
    /// An answer without a body: what `()` gives.
    #[must_use]
    pub fn nothing() -> Self {
        Body::Nothing.into()
    }

    /// An answer with this body.
    #[must_use]
    pub fn whole(body: impl Into<Piece<'static>>) -> Self {
        Body::Whole(body.into()).into()
    }

    pub(crate) fn stream(stream: PieceStream) -> Self {
        Body::Stream(stream).into()
    }

    /// Puts status and fields into the head of the response.
    pub(crate) fn apply_to(&self, exchange: &mut Exchange<'_>) -> Result<(), HttpError> {
        let head = exchange.response_mut()?;
        match (self.status.code, &self.status.reason) {
            (Some(code), Some(reason)) => head.set_status_with_reason(code, reason.as_bytes())?,
            (Some(code), None) => head.set_status(code)?,
            (None, _) => {}
        }
        // Before the fields, which an error page would not have.
        self.check_conditions(exchange)?;
        let head = exchange.response_mut()?;
        if let Some(content_type) = &self.content_type {
            head.set_content_type(content_type.as_bytes())?;
        }
        for (at, (name, value)) in self.fields.iter().enumerate() {
            let is_it = |other: &str| other.eq_ignore_ascii_case(name);
            let mut before = self.fields.iter().take(at);
            if is_it("set-cookie") || before.any(|(other, _)| is_it(other)) {
                head.append(name.as_bytes(), value)?;
            } else {
                head.set(name.as_bytes(), value)?;
            }
        }
        Ok(())
    }

    /// Removes status and fields, because they were set on the response.
    pub(crate) fn forget_head(&mut self) {
        (self.status, self.content_type) = (OwnedStatus::default(), None);
        self.fields.clear();
    }

    /// Whether there is anything for [`Answer::apply_to`] to do.
    pub(crate) fn has_head(&self) -> bool {
        self.status.code.is_some() || self.content_type.is_some() || !self.fields.is_empty()
    }
}

/// An error with the fields that were added to its answer.
pub(crate) fn with_fields<N, V>(error: HttpError, fields: Vec<(N, V)>) -> HttpError
where
    N: Deref<Target = str>,
    V: Deref<Target: AsRef<[u8]>>,
{
    fields.into_iter().fold(error, |error, (name, value)| error.with_header(&*name, &*value))
}

impl From<Body> for Answer {
    fn from(body: Body) -> Self {
        Self { status: OwnedStatus::default(), content_type: None, fields: Vec::new(), body }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Whole(piece) => write!(f, "Whole({} bytes)", piece.len()),
            Self::Stream(_) => f.write_str("Stream"),
            Self::LeaveOpen => f.write_str("LeaveOpen"),
            Self::Error(error) => error.fmt(f),
        }
    }
}

/// The handler has taken the connection over: it stays open until a [`Response`](crate::Response)
/// handle closes it, or the last handle is dropped.
///
/// ```
/// use tremolo::{LeaveOpen, Response};
///
/// async fn later(response: Response) -> LeaveOpen {
///     tokio::spawn(async move {
///         let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
///         if response.send(answer).await.is_ok() {
///             let _ = response.close();
///         }
///     });
///     LeaveOpen
/// }
/// # tremolo::Application::new().route("/", later);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeaveOpen;

/// Text that is a page: `text/html; charset=utf-8`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Html<T>(pub T);
