//! Error pages: the built-in one, and those of the application.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::sync::Arc;

use tracing::Span;
use tremolo_core::http1::response::ResponseHead;
use tremolo_core::{Connection, ErrorAnswer, Misuse, Now, Piece, error_page, reason_of};

use crate::caught::caught;
use crate::cell::Exchange;
use crate::error::HttpError;
use crate::extract::{Call, ErrorInfo};
use crate::handler::AnyHandler;
use crate::reply::{Answer, Body};
use crate::serve::of_failure;

/// The pages of an application, by status.
#[derive(Debug)]
pub(crate) struct Pages {
    handlers: BTreeMap<u16, Box<dyn AnyHandler>>,
    server_name: String,
    debug: bool,
}

impl Pages {
    pub(crate) fn new(
        handlers: BTreeMap<u16, Box<dyn AnyHandler>>,
        server_name: String,
        debug: bool,
    ) -> Self {
        Self { handlers, server_name, debug }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.handlers.is_empty()
    }

    pub(crate) fn has(&self, status: u16) -> bool {
        self.handlers.contains_key(&status)
    }

    /// Answers with the built-in page, or cuts the response if its head has gone out; says which.
    pub(crate) fn fail(&self, connection: &mut Connection, now: &Now, error: &HttpError) -> bool {
        let answer = ErrorAnswer {
            status: error.status(),
            reason: None,
            content_type: content_type(error),
            fields: error.fields(),
            body: self.built_in(error),
        };
        connection.fail(now, answer)
    }

    /// Puts the head of an error in the place of what the handler wanted to send, and gives the
    /// page. The answer that comes instead of it needs none: it is too late, or the page was
    /// sent by hand.
    pub(super) async fn answer(
        &self,
        exchange: &Arc<Exchange>,
        error: HttpError,
    ) -> Result<Piece<'static>, Answer> {
        let error = begin(exchange, error)?;
        log_failure(|| of_failure(exchange.peer, &exchange.head), &error);
        let info = ErrorInfo::new(error, self.debug);
        exchange.views().extensions().insert(info.clone());
        let Some(handler) = self.handlers.get(&info.status()) else {
            return Ok(self.built_in(info.error()));
        };
        let answer = caught("error page", handler.call(Call::of(exchange))).await;
        let answer = answer.unwrap_or_else(|error| Body::Error(error).into());
        if !exchange.is_unanswered() {
            return Err(Answer::nothing());
        }
        let failed = match (exchange.apply(&answer), answer.body) {
            (Ok(()), Body::Whole(page)) => return Ok(page),
            (Ok(()), Body::Nothing) => return Ok(self.built_in(info.error())),
            (Ok(()), Body::Stream(_) | Body::LeaveOpen) => {
                HttpError::internal_server_error().with_message("an error page is text or bytes")
            }
            (Err(error), _) | (Ok(()), Body::Error(error)) => error,
        };
        of_failure(exchange.peer, &exchange.head)
            .in_scope(|| tracing::error!(error = %failed, "an error page failed"));
        let error = begin(exchange, HttpError::internal_server_error())?;
        Ok(self.built_in(&error))
    }

    fn built_in(&self, error: &HttpError) -> Piece<'static> {
        if error.content_type().is_some() {
            return error.message().to_owned().into();
        }
        let detail = match error.source().filter(|_| self.debug) {
            Some(source) => Cow::Owned(chain(error.message(), source)),
            None => Cow::Borrowed(error.message()),
        };
        let status = error.status();
        error_page(status, reason_of(status), &detail, &self.server_name).into()
    }
}

/// What went wrong and why, a line each.
fn chain(message: &str, source: &(dyn StdError + 'static)) -> String {
    let mut lines = source.to_string();
    if !message.is_empty() && message != lines {
        lines = format!("{message}\ncaused by: {lines}");
    }
    let mut next = source.source();
    while let Some(cause) = next {
        lines.push_str("\ncaused by: ");
        lines.push_str(&cause.to_string());
        next = cause.source();
    }
    lines
}

fn content_type(error: &HttpError) -> &str {
    error.content_type().unwrap_or("text/html; charset=utf-8")
}

/// Makes the head that of an error; one whose status or fields are refused is ours instead.
fn begin(exchange: &Arc<Exchange>, error: HttpError) -> Result<HttpError, Answer> {
    let begun = exchange.act(|connection, _| {
        if !connection.is_unanswered() {
            return Ok(None);
        }
        let head = connection.response_mut()?;
        head.clear();
        let refused = prepare(head, &error).err();
        if refused.is_some() {
            head.clear();
            head.set_status(500)?;
        }
        Ok(Some(refused))
    });
    match begun {
        Ok(Some(None)) => Ok(error),
        Ok(Some(Some(misuse))) => {
            of_failure(exchange.peer, &exchange.head)
                .in_scope(|| tracing::error!(%misuse, %error, "an error that cannot be sent"));
            Ok(HttpError::internal_server_error())
        }
        Ok(None) | Err(_) => Err(Body::Error(error).into()),
    }
}

fn prepare(head: &mut ResponseHead, error: &HttpError) -> Result<(), Misuse> {
    head.set_status(error.status())?;
    head.set_content_type(content_type(error).as_bytes())?;
    error.fields().iter().try_for_each(|(name, value)| head.append(name, value))
}

/// What is the client's fault is not worth more than a debug line.
pub(crate) fn log_failure(span: impl FnOnce() -> Span, error: &HttpError) {
    if error.status() >= 500 {
        span().in_scope(|| tracing::error!(%error, "handler failed"));
    } else {
        tracing::debug!(%error, "handler refused");
    }
}
