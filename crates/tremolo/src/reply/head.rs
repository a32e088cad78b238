//! Status and fields of an answer: set, appended, read.

use std::borrow::Cow;

use tremolo_core::Piece;

use super::{Answer, Body};
use crate::error::HttpError;
use crate::status::Status;

impl Answer {
    /// The same with a status. An answer without a body gets an empty one.
    #[must_use]
    pub fn with_status<'a>(mut self, status: impl Into<Status<'a>>) -> Self {
        self.set_status(status);
        self
    }

    /// The same with a content type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<Cow<'static, str>>) -> Self {
        self.set_content_type(content_type);
        self
    }

    /// The same with one more field ([`Answer::append_header`]).
    ///
    /// ```
    /// use tremolo::Answer;
    ///
    /// let answer = Answer::whole("Hello")
    ///     .with_header("Set-Cookie", "a=1")
    ///     .with_header("Set-Cookie", "b=2"); // both are sent
    /// ```
    #[must_use]
    pub fn with_header(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.append_header(name, value);
        self
    }

    /// Sets the status. An answer without a body gets an empty one.
    pub fn set_status<'a>(&mut self, status: impl Into<Status<'a>>) {
        let Status { code, reason } = status.into();
        (self.status.code, self.status.reason) = (Some(code), reason.map(str::to_owned));
        if let Body::Nothing = self.body {
            self.body = Body::Whole(Piece::Slice(&[]));
        }
    }

    /// Sets the content type.
    pub fn set_content_type(&mut self, content_type: impl Into<Cow<'static, str>>) {
        self.content_type = Some(content_type.into());
    }

    /// Sets a field in place of those of the same name in this answer. It also replaces what the
    /// response has under that name, except for `Set-Cookie`.
    pub fn set_header(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) {
        let name = name.into();
        self.remove_header(&name);
        self.append_header(name, value);
    }

    /// Adds a field. The first of a name takes the place of what the response has under that name,
    /// except for `Set-Cookie`; further ones are sent beside it. To an error it is added.
    pub fn append_header(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) {
        let value = match value.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        self.fields.push((name.into(), value));
    }

    /// Removes the fields of a name from this answer; returns whether there were any.
    pub fn remove_header(&mut self, name: &str) -> bool {
        let before = self.fields.len();
        self.fields.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.fields.len() < before
    }

    /// The status that this answer sets; `None`: that of the response, 200 by default.
    ///
    /// ```
    /// use tremolo::{Html, Reply};
    ///
    /// let answer = (201, [("X-Kind", "page")], Html("<p>made")).into_answer();
    /// assert_eq!((answer.status(), answer.header("x-kind")), (Some(201), Some("page")));
    /// assert_eq!(answer.content_type(), Some("text/html; charset=utf-8"));
    /// assert_eq!(answer.body(), Some(&b"<p>made"[..]));
    /// ```
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match &self.body {
            Body::Error(error) => Some(error.status()),
            _ => self.status.code,
        }
    }

    /// The content type that this answer sets.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The first value of a field of this answer, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.headers();
        let (_, value) = fields.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// The fields of this answer, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.fields.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The body, if it is whole; `None` for a stream, an error, and no body at all.
    #[must_use]
    pub fn body(&self) -> Option<&[u8]> {
        match &self.body {
            Body::Whole(piece) => Some(piece.as_slice()),
            Body::Nothing | Body::Stream(_) | Body::LeaveOpen | Body::Error(_) => None,
        }
    }

    /// The error that is to be answered, if it is one.
    #[must_use]
    pub fn error(&self) -> Option<&HttpError> {
        match &self.body {
            Body::Error(error) => Some(error),
            _ => None,
        }
    }
}
