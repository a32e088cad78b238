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

use tremolo_core::http1::response::ResponseHead;
use tremolo_core::{Error, Misuse};

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

impl Setting {
    pub(super) fn status(status: Status<'_>) -> Self {
        Self::Status(status.code, status.reason.map(str::to_owned))
    }

    pub(super) fn typed<T: Clone + Send + Sync + 'static>(value: T) -> Self {
        Self::Typed(TypeId::of::<RouteOption<T>>(), Arc::new(RouteOption(value)))
    }

    pub(super) fn prepare(&self, call: &mut Call) {
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

    pub(super) fn apply(&self, call: &Call) -> Result<(), Error> {
        match self {
            Self::BodyLimit(_) | Self::Timeout(_) | Self::Typed(..) => Ok(()),
            Self::Rate(bytes_per_second) => {
                call.act(|exchange| exchange.options().set_rate(*bytes_per_second))
            }
            Self::BufferSize(bytes) => {
                call.act(|exchange| exchange.options().set_buffer_size(*bytes))
            }
            Self::Streaming(stream) => {
                call.act(|exchange| exchange.options().set_streaming(*stream))
            }
            Self::Compression(compress) => {
                call.act(|exchange| exchange.options().set_compression(*compress))
            }
            Self::Status(..) | Self::ContentType(_) | Self::Chunked(_) => {
                call.act(|exchange| Ok(self.apply_to(exchange.response_mut()?)?))
            }
        }
    }

    pub(super) fn apply_to(&self, head: &mut ResponseHead) -> Result<(), Misuse> {
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
