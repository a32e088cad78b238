//! Validators of an answer: which version of its resource it is (RFC 9110 section 8.8).

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use http::Method;
use tremolo_core::Exchange;
use tremolo_core::http1::response::DateLine;
use tremolo_core::representation::{EntityTag, Precondition, Validators, parse_date, validate};

use super::Answer;
use crate::error::HttpError;

impl Answer {
    /// The same with an `ETag`: the version of what it shows, as any text. Quotes are added, and
    /// what no tag may contain is percent-encoded.
    ///
    /// If a GET or HEAD shows that the client has this version, the answer is a 304 without a body;
    /// if it has an `If-Match` that does not hold, a 412. The answer to another method has the
    /// version that it has made: what its conditions say is to be asked before, with
    /// [`Request::check_version`](crate::Request::check_version).
    ///
    /// ```
    /// use tremolo::{Answer, Json, Reply};
    ///
    /// async fn note() -> Answer {
    ///     let (version, text) = (7, "a note");
    ///     Json(text).into_answer().with_etag(format!("v{version}"))
    /// }
    /// # tremolo::Application::new().route("/note", note);
    /// ```
    #[must_use]
    pub fn with_etag(self, version: impl AsRef<str>) -> Self {
        self.with_tag(EntityTag::quote(version.as_ref(), false))
    }

    /// The same with a weak `ETag`: of answers that mean the same, and whose bytes may differ.
    #[must_use]
    pub fn with_weak_etag(self, version: impl AsRef<str>) -> Self {
        self.with_tag(EntityTag::quote(version.as_ref(), true))
    }

    /// The same with `Last-Modified`, in whole seconds. For a client that asks with
    /// `If-Modified-Since` it has the effect of [`Answer::with_etag`].
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use tremolo::Answer;
    ///
    /// let changed = UNIX_EPOCH + Duration::from_secs(784_111_777);
    /// let answer = Answer::whole("Hello").with_last_modified(changed);
    /// assert_eq!(answer.header("Last-Modified"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    /// ```
    #[must_use]
    pub fn with_last_modified(mut self, changed: SystemTime) -> Self {
        let date = DateLine::from_unix(unix_seconds(changed));
        self.set_header("Last-Modified", String::from_utf8_lossy(date.as_bytes()).into_owned());
        self.status.conditional = true;
        self
    }

    fn with_tag(mut self, tag: String) -> Self {
        self.set_header("ETag", tag);
        self.status.conditional = true;
        self
    }

    /// Makes a 304 of the response if the client has the version of this answer, or an error.
    pub(super) fn check_conditions(&self, exchange: &mut Exchange<'_>) -> Result<(), HttpError> {
        let request = Arc::clone(exchange.peek().head());
        if !self.status.conditional || ![Method::GET, Method::HEAD].contains(request.method()) {
            return Ok(());
        }
        let validators = Validators {
            etag: self.header("ETag").and_then(|tag| EntityTag::parse(tag.as_bytes())),
            last_modified: self
                .header("Last-Modified")
                .and_then(|date| parse_date(date.as_bytes())),
        };
        match validate(&request, exchange.response_mut()?, &validators)? {
            Precondition::Failed => Err(HttpError::new(412)),
            Precondition::Proceed | Precondition::NotModified => Ok(()),
        }
    }
}

/// Seconds since the Unix epoch; 0 for times before.
pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
