//! Error pages: the built-in one, and those of the application.

use std::collections::BTreeMap;
use std::sync::Arc;

use tracing::{Level, Span};
use tremolo_core::http1::response::ResponseHead;
use tremolo_core::{ErrorPage, Misuse, Now, Piece, error_page, reason_of};

use crate::catch_panic::catch_async_panic;
use crate::error::HttpError;
use crate::extract::{Call, ErrorInfo};
use crate::next::{SharedHandler, apply};
use crate::reply::{Answer, Body};
use crate::shared_connection::Exchange;
use crate::spans::failure_span;

/// The pages of an application, by status.
#[derive(Debug)]
pub(crate) struct Pages {
    handlers: BTreeMap<u16, SharedHandler>,
    server_name: String,
    debug: bool,
}

impl Pages {
    pub(crate) fn new(
        handlers: BTreeMap<u16, SharedHandler>,
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

    /// Sends this page, or cuts the response if its head was sent. The page is an
    /// argument because the connection is locked here, and [`Pages::built_in`] calls user code.
    pub(crate) fn send_page(
        exchange: &mut tremolo_core::Exchange<'_>,
        now: &Now,
        error: &HttpError,
        body: Piece<'static>,
    ) {
        let page = ErrorPage {
            status: error.status(),
            reason: None,
            content_type: content_type(error),
            fields: error.fields(),
            body,
        };
        exchange.send_error_page(now, page);
    }

    /// Replaces the head of the handler by that of an error, and returns the page. An `Err` is an
    /// answer that needs no page: the head was sent already, or the handler of the page has
    /// answered through the `Response`.
    pub(super) async fn answer(
        &self,
        exchange: &Arc<Exchange>,
        error: HttpError,
    ) -> Result<Piece<'static>, Answer> {
        let error = begin(exchange, error)?;
        log_failure(|| failure_span(exchange.peer, &exchange.head), &error);
        let info = ErrorInfo::new(error, self.debug);
        exchange.views().extensions.insert(info.clone());
        let Some(handler) = self.handlers.get(&info.status()) else {
            return Ok(self.built_in(info.error()));
        };
        let answer = catch_async_panic("error page", || handler.call(Call::of(exchange))).await;
        let answer = answer.unwrap_or_else(|panic| Body::Error(panic.into()).into());
        if exchange.response_started() {
            return Err(Answer::nothing());
        }
        let failed = match (apply(exchange, &answer), answer.body) {
            (Ok(()), Body::Whole(page)) => return Ok(page),
            (Ok(()), Body::Nothing) => return Ok(self.built_in(info.error())),
            (Ok(()), Body::Stream(_) | Body::LeaveOpen) => {
                HttpError::internal_server_error().with_message("an error page is text or bytes")
            }
            (Err(error), _) | (Ok(()), Body::Error(error)) => error,
        };
        let failed = failed.log_text();
        failure_span(exchange.peer, &exchange.head)
            .in_scope(|| tracing::error!(error = %failed, "an error page failed"));
        let error = begin(exchange, HttpError::internal_server_error())?;
        Ok(self.built_in(&error))
    }

    /// The built-in page of an error. With `debug` it has a line for each source of the error.
    pub(crate) fn built_in(&self, error: &HttpError) -> Piece<'static> {
        if error.content_type().is_some() {
            return error.message().to_owned().into();
        }
        let mut lines = if self.debug { error.causes() } else { Vec::new() };
        lines.retain(|line| line != error.message());
        if !error.message().is_empty() {
            lines.insert(0, error.message().to_owned());
        }
        let detail = lines.join("\ncaused by: ");
        let status = error.status();
        error_page(status, reason_of(status), &detail, &self.server_name).into()
    }
}

fn content_type(error: &HttpError) -> &str {
    error.content_type().unwrap_or("text/html; charset=utf-8")
}

/// Sets the head of an error. One whose status or fields are refused becomes a 500.
fn begin(exchange: &Arc<Exchange>, error: HttpError) -> Result<HttpError, Answer> {
    let begun = exchange.act(|exchange, _| {
        if exchange.peek().response_started() {
            return Ok(None);
        }
        let head = exchange.response_mut()?;
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
            let error = error.log_text();
            failure_span(exchange.peer, &exchange.head)
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

/// Logs an error that answers a request; a fault of the client at the level `debug`. It must not be
/// called while the connection is locked, because it calls the `Display` of the user's error.
pub(crate) fn log_failure(span: impl FnOnce() -> Span, error: &HttpError) {
    if error.status() >= 500 {
        let error = error.log_text();
        span().in_scope(|| tracing::error!(%error, "handler failed"));
    } else if tracing::enabled!(Level::DEBUG) {
        let error = error.log_text();
        tracing::debug!(%error, "handler refused");
    }
}
