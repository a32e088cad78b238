//! Error pages: the built-in one, and those of the application.

use std::borrow::Cow;
use std::sync::Arc;

use tracing::{Level, Span};
use tremolo_core::app::PAGE_STATUSES;
use tremolo_core::http1::response::ResponseHead;
use tremolo_core::{ErrorPage, Misuse, Now, PageFormat, Piece, Problem};

use crate::catch_panic::catch_async_panic;
use crate::error::HttpError;
use crate::extract::{Call, ErrorInfo};
use crate::next::{SharedHandler, apply};
use crate::reply::{Answer, Body};
use crate::shared_connection::Exchange;
use crate::spans::failure_span;

/// The pages of an application.
#[derive(Debug, Default)]
pub(crate) struct PageHandlers {
    /// By status.
    own: Vec<(u16, SharedHandler)>,
    /// For every error that has neither a page nor a content type of its own.
    pub(crate) any: Option<SharedHandler>,
}

impl PageHandlers {
    /// Sets the page of a status, in place of another one.
    pub(crate) fn set(&mut self, status: u16, page: SharedHandler) {
        self.own.retain(|(own, _)| *own != status);
        self.own.push((status, page));
    }

    fn page(&self, status: u16) -> Option<&SharedHandler> {
        self.own.iter().find(|(own, _)| *own == status).map(|(_, page)| page)
    }
}

/// How errors are answered.
#[derive(Debug)]
pub(crate) struct Pages {
    handlers: PageHandlers,
    server_name: String,
    debug: bool,
}

/// The built-in page of an error.
#[derive(Debug)]
pub(crate) struct BuiltIn {
    content_type: Cow<'static, str>,
    varies: bool,
    body: String,
}

impl Pages {
    pub(crate) fn new(handlers: PageHandlers, server_name: String, debug: bool) -> Self {
        Self { handlers, server_name, debug }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.handlers.own.is_empty() && self.handlers.any.is_none()
    }

    pub(crate) fn has(&self, status: u16) -> bool {
        let is_any = self.handlers.any.is_some() && PAGE_STATUSES.contains(&status);
        is_any || self.handlers.page(status).is_some()
    }

    /// The page of the application that answers this error.
    fn handler(&self, error: &HttpError) -> Option<&SharedHandler> {
        let is_its_own = error.content_type().is_some();
        let has_any = PAGE_STATUSES.contains(&error.status()) && !is_its_own;
        let any = self.handlers.any.as_ref().filter(|_| has_any);
        self.handlers.page(error.status()).or(any)
    }

    /// Sends this page, or cuts the response if its head was sent. The page is an
    /// argument because the connection is locked here, and [`Pages::built_in`] calls user code.
    pub(crate) fn send_page(
        exchange: &mut tremolo_core::Exchange<'_>,
        now: &Now,
        error: &HttpError,
        page: BuiltIn,
    ) {
        let page = ErrorPage {
            status: error.status(),
            reason: error.reason(),
            content_type: &page.content_type,
            varies: page.varies,
            fields: error.fields(),
            body: page.body.into(),
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
        let Some(handler) = self.handler(info.error()) else {
            return self.take_built_in(exchange, info.error());
        };
        let answer = catch_async_panic("error page", || handler.call(Call::of(exchange))).await;
        let answer = answer.unwrap_or_else(|panic| Body::Error(panic.into()).into());
        if exchange.response_started() {
            return Err(Answer::nothing());
        }
        let failed = match (apply(exchange, &answer), answer.body) {
            (Ok(()), Body::Whole(page)) => return Ok(page),
            (Ok(()), Body::Nothing) => return self.take_built_in(exchange, info.error()),
            (Ok(()), Body::Stream(_) | Body::LeaveOpen) => {
                HttpError::internal_server_error().with_message("an error page is text or bytes")
            }
            (Err(error), _) | (Ok(()), Body::Error(error)) => error,
        };
        let failed = failed.log_text();
        failure_span(exchange.peer, &exchange.head)
            .in_scope(|| tracing::error!(error = %failed, "an error page failed"));
        let error = begin(exchange, HttpError::internal_server_error())?;
        self.take_built_in(exchange, &error)
    }

    /// The body of the built-in page, whose type is set on the response, unless the page of the
    /// application has set another.
    fn take_built_in(
        &self,
        exchange: &Exchange,
        error: &HttpError,
    ) -> Result<Piece<'static>, Answer> {
        let format = exchange.act(|exchange, _| Ok(exchange.peek().page_format()));
        // An error means that the exchange is over.
        let format = format.map_err(|error| Body::Error(error.into()))?;
        let BuiltIn { content_type, varies, body } = self.built_in(error, format);
        let set = exchange.act(|exchange, _| {
            let head = exchange.response_mut()?;
            if head.has_default_type() {
                head.set_content_type(content_type.as_bytes())?;
            }
            if varies {
                head.append(b"Vary", b"Accept")?;
            }
            Ok(())
        });
        set.map_err(|error| Body::Error(error.into()))?;
        Ok(body.into())
    }

    /// The built-in page of an error, in this format. With `debug` it has a line for each source of
    /// the error.
    pub(crate) fn built_in(
        &self,
        error: &HttpError,
        (format, varies): (PageFormat, bool),
    ) -> BuiltIn {
        if let Some(content_type) = error.content_type() {
            let content_type = content_type.to_owned().into();
            return BuiltIn { content_type, varies: false, body: error.message().to_owned() };
        }
        let mut lines = if self.debug { error.causes() } else { Vec::new() };
        lines.retain(|line| line != error.message());
        if !error.message().is_empty() {
            lines.insert(0, error.message().to_owned());
        }
        let problem = Problem {
            status: error.status(),
            kind: error.kind(),
            title: error.reason().unwrap_or_default(),
            detail: &lines.join("\ncaused by: "),
            members: error.members(),
            server_name: &self.server_name,
        };
        let body = problem.render(format);
        BuiltIn { content_type: format.content_type().into(), varies, body }
    }
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
    match error.reason() {
        Some(reason) => head.set_status_with_reason(error.status(), reason.as_bytes())?,
        None => head.set_status(error.status())?,
    }
    if let Some(content_type) = error.content_type() {
        head.set_content_type(content_type.as_bytes())?;
    }
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
