//! The options of a handler, and what each of them sets.
//!
//! What middleware is to see is set before it runs: typed options and the limit of the body. What
//! belongs to the handler's own reply is set when it is called, so that a middleware that answers
//! in its place does not answer with the handler's status.

use std::any::TypeId;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tremolo_core::{Error, Misuse, RouteSetting};

use crate::extensions::Value;
use crate::extract::Call;
use crate::route_option::RouteOption;
use crate::status::Status;

/// A handler with an option: made by [`Handler::with_status`](crate::Handler::with_status) and its
/// siblings.
#[derive(Clone, Debug)]
pub struct With<H> {
    pub(super) handler: H,
    pub(super) setting: Setting,
}

#[derive(Clone)]
pub(super) enum Setting {
    Route(RouteSetting),
    /// The time of this handler alone, whether it makes progress or not.
    Timeout(Duration),
    Typed(TypeId, Value),
}

impl<H> With<H> {
    pub(super) fn new(handler: H, setting: Setting) -> Self {
        Self { handler, setting }
    }

    pub(super) fn of_route(handler: H, setting: RouteSetting) -> Self {
        Self::new(handler, Setting::Route(setting))
    }
}

impl Setting {
    pub(super) fn status(status: Status<'_>) -> RouteSetting {
        let reason = status.reason.map(|reason| reason.as_bytes().to_vec().into());
        RouteSetting::Status(status.code, reason)
    }

    pub(super) fn content_type(value: Cow<'static, str>) -> RouteSetting {
        RouteSetting::ContentType(match value {
            Cow::Borrowed(value) => value.as_bytes().into(),
            Cow::Owned(value) => value.into_bytes().into(),
        })
    }

    pub(super) fn typed<T: Clone + Send + Sync + 'static>(value: T) -> Self {
        Self::Typed(TypeId::of::<RouteOption<T>>(), Arc::new(RouteOption(value)))
    }

    pub(super) fn prepare(&self, call: &mut Call) {
        match self {
            Self::Route(setting) if !setting.is_of_response() => {
                // An exchange that is over needs no setting.
                let _ = call.apply(setting);
            }
            Self::Typed(of, value) => {
                call.request().extensions().insert_shared(*of, Arc::clone(value));
            }
            Self::Route(_) | Self::Timeout(_) => {}
        }
    }

    pub(super) fn apply(&self, call: &Call) -> Result<(), Error> {
        match self {
            Self::Route(setting) if setting.is_of_response() => call.apply(setting),
            Self::Route(_) | Self::Timeout(_) | Self::Typed(..) => Ok(()),
        }
    }

    /// Checks the value when the handler is registered.
    pub(super) fn check(&self) -> Result<(), Misuse> {
        match self {
            Self::Route(setting) => setting.check(),
            Self::Timeout(_) | Self::Typed(..) => Ok(()),
        }
    }
}

/// As the call that made it.
impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use RouteSetting::{
            BodyLimit, BufferSize, Chunked, Compression, ContentType, Decompression,
            HandlerTimeout, Rate, Status, Streaming,
        };
        let text = String::from_utf8_lossy;
        match self {
            Self::Route(BodyLimit(bytes)) => write!(f, "with_body_limit({bytes})"),
            Self::Route(Decompression(limit)) => write!(f, "with_decompression({limit})"),
            Self::Route(Status(code, None)) => write!(f, "with_status({code})"),
            Self::Route(Status(code, Some(reason))) => {
                write!(f, "with_status(({code}, {:?}))", text(reason))
            }
            Self::Route(ContentType(value)) => write!(f, "with_content_type({:?})", text(value)),
            Self::Route(Chunked(chunked)) => write!(f, "with_chunked({chunked})"),
            Self::Route(Compression(compress)) => write!(f, "with_compression({compress})"),
            Self::Route(Rate(rate)) => write!(f, "with_rate({rate})"),
            Self::Route(BufferSize(bytes)) => write!(f, "with_buffer_size({bytes})"),
            Self::Route(Streaming(stream)) => write!(f, "with_streaming({stream})"),
            Self::Route(HandlerTimeout(time)) | Self::Timeout(time) => {
                write!(f, "with_timeout({time:?})")
            }
            Self::Typed(..) => f.write_str("with_option(…)"),
        }
    }
}
