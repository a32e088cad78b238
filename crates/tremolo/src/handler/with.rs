//! Handlers with options of their own: one wrapper for all of them.
//!
//! What middleware is to see is there before it runs: typed options and the limit of the body.
//! What belongs to the handler's own answer is set when it is called, so that a middleware that
//! halts does not answer with the handler's status.

use std::any::TypeId;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tremolo_core::http1::response::ResponseHead;
use tremolo_core::routing::MethodTable;
use tremolo_core::{Error, Misuse};

use super::{Handler, Requirements};
use crate::context::Value;
use crate::error::HttpError;
use crate::extract::{Call, FromCall};
use crate::reply::{Answer, Reply};
use crate::response::Status;
use crate::serve::of_failure;

/// A handler with an option of its own: what [`Handler::with_status`] and its siblings give.
#[derive(Clone, Debug)]
pub struct With<H> {
    handler: H,
    setting: Setting,
}

/// Marks the implementations for handlers with options.
#[derive(Debug)]
pub struct Optioned;

#[derive(Clone)]
pub(super) enum Setting {
    BodyLimit(u64),
    Status(u16, Option<String>),
    ContentType(Cow<'static, str>),
    Chunked(bool),
    Rate(u64),
    BufferSize(usize),
    Streaming(bool),
    Timeout(Duration),
    Compression(bool),
    Typed(TypeId, Value),
}

impl<H> With<H> {
    pub(super) fn new(handler: H, setting: Setting) -> Self {
        Self { handler, setting }
    }
}

#[diagnostic::do_not_recommend]
impl<M, H: Handler<M>> Handler<(Optioned, M)> for With<H> {
    async fn call(&self, mut call: Call) -> Answer {
        self.setting.prepare(&mut call);
        // Before the extractors: they may read the body, or fail with a status of their own.
        if let Err(error) = self.setting.apply(&call) {
            return HttpError::from(error).into_answer();
        }
        let Setting::Timeout(time) = self.setting else { return self.handler.call(call).await };
        let (cell, number) = (Arc::clone(call.cell()), call.number());
        // This time holds in place of `app_handler_timeout`, also where it is longer.
        cell.set_handler_timeout(number, None);
        // Boxed, so that handlers without one do not carry its room.
        let (peer, head) = (call.peer(), Arc::clone(call.shared_head()));
        let answer = timeout(time, Box::pin(self.handler.call(call))).await;
        cell.set_handler_timeout(number, Some(cell.config().app_handler_timeout));
        answer.unwrap_or_else(|_| {
            of_failure(peer, &head).in_scope(|| tracing::warn!(?time, "a handler took too long"));
            HttpError::service_unavailable().into_answer()
        })
    }

    fn prepare(&self, call: &mut Call) {
        self.setting.prepare(call);
        self.handler.prepare(call);
    }

    fn methods(&self) -> Option<MethodTable<()>> {
        self.handler.methods()
    }

    fn requires(&self, requirements: &mut Requirements) {
        if let Err(misuse) = self.setting.apply_to(&mut ResponseHead::default()) {
            requirements.flaw(format!("{:?}: {misuse}", self.setting));
        }
        self.handler.requires(requirements);
    }
}

impl Setting {
    pub(super) fn status(status: Status<'_>) -> Self {
        Self::Status(status.code, status.reason.map(str::to_owned))
    }

    pub(super) fn typed<T: Clone + Send + Sync + 'static>(value: T) -> Self {
        Self::Typed(TypeId::of::<RouteOption<T>>(), Arc::new(RouteOption(value)))
    }

    fn prepare(&self, call: &mut Call) {
        match self {
            Self::BodyLimit(bytes) => call.set_body_limit(*bytes),
            Self::Typed(of, value) => {
                call.request().extensions().insert_shared(*of, Arc::clone(value));
            }
            Self::Status(..)
            | Self::ContentType(_)
            | Self::Chunked(_)
            | Self::Rate(_)
            | Self::BufferSize(_)
            | Self::Streaming(_)
            | Self::Timeout(_)
            | Self::Compression(_) => {}
        }
    }

    fn apply(&self, call: &Call) -> Result<(), Error> {
        match self {
            Self::BodyLimit(_) | Self::Timeout(_) | Self::Typed(..) => Ok(()),
            Self::Rate(bytes_per_second) => {
                call.act(|connection| connection.set_rate(*bytes_per_second))
            }
            Self::BufferSize(bytes) => call.act(|connection| connection.set_buffer_size(*bytes)),
            Self::Streaming(stream) => call.act(|connection| connection.set_streaming(*stream)),
            Self::Compression(compress) => {
                call.act(|connection| connection.set_compression(*compress))
            }
            Self::Status(..) | Self::ContentType(_) | Self::Chunked(_) => {
                call.act(|connection| Ok(self.apply_to(connection.response_mut()?)?))
            }
        }
    }

    fn apply_to(&self, head: &mut ResponseHead) -> Result<(), Misuse> {
        match self {
            Self::Status(code, None) => head.set_status(*code),
            Self::Status(code, Some(reason)) => {
                head.set_status_with_reason(*code, reason.as_bytes())
            }
            Self::ContentType(value) => head.set_content_type(value.as_bytes()),
            Self::Chunked(chunked) => {
                head.set_chunked(*chunked);
                Ok(())
            }
            Self::BodyLimit(_)
            | Self::Rate(_)
            | Self::BufferSize(_)
            | Self::Streaming(_)
            | Self::Timeout(_)
            | Self::Compression(_)
            | Self::Typed(..) => Ok(()),
        }
    }
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BodyLimit(bytes) => write!(f, "with_body_limit({bytes})"),
            Self::Status(code, None) => write!(f, "with_status({code})"),
            Self::Status(code, Some(reason)) => write!(f, "with_status(({code}, {reason:?}))"),
            Self::ContentType(value) => write!(f, "with_content_type({value:?})"),
            Self::Chunked(chunked) => write!(f, "with_chunked({chunked})"),
            Self::Compression(compress) => write!(f, "with_compression({compress})"),
            Self::Rate(rate) => write!(f, "with_rate({rate})"),
            Self::BufferSize(bytes) => write!(f, "with_buffer_size({bytes})"),
            Self::Streaming(stream) => write!(f, "with_streaming({stream})"),
            Self::Timeout(time) => write!(f, "with_timeout({time:?})"),
            Self::Typed(..) => f.write_str("with_option(…)"),
        }
    }
}

/// What [`Handler::with_option`] says of a route, by its type. `Option<RouteOption<T>>` is `None`
/// if it says nothing of this type.
///
/// Middleware sees the options of the route that it runs for.
///
/// ```
/// use tremolo::{Application, Handler, HttpError, Request, RouteOption};
///
/// #[derive(Clone)]
/// struct Public;
///
/// async fn guard(public: Option<RouteOption<Public>>, request: Request) -> Result<(), HttpError> {
///     let allowed = public.is_some() || request.header("Authorization").is_some();
///     if allowed { Ok(()) } else { Err(HttpError::unauthorized()) }
/// }
///
/// # let _ =
/// Application::new()
///     .on_request(guard)
///     .route("/", (async || "everybody").with_option(Public))
///     .route("/secret", async || "some")
/// # ;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteOption<T>(pub T);

impl<T: Clone + Send + Sync + 'static> FromCall for RouteOption<T> {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        call.request().extensions().get().ok_or_else(|| {
            let name = std::any::type_name::<T>();
            tracing::error!("the route has no option of the type {name}");
            HttpError::internal_server_error()
        })
    }

    fn is_absent(call: &Call) -> bool {
        !call.has_extension::<Self>()
    }
}
