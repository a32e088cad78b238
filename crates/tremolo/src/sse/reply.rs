//! A stream of server-sent events as the reply of a handler.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tremolo_core::Piece;

use super::Event;
use crate::error::HttpError;
use crate::reply::{Answer, AnyStream, Reply, StreamReply};

/// A reply of server-sent events, each sent as the stream yields it. The head is sent before the
/// first event.
///
/// ```
/// use std::time::Duration;
/// use tremolo::{Application, Event, stream};
///
/// # let _ =
/// Application::new().route("/ticks", || {
///     stream! {
///         for number in 1.. {
///             yield Event::new(format!("tick {number}")).id(number.to_string());
///             tokio::time::sleep(Duration::from_secs(1)).await;
///         }
///     }
///     .events()
/// })
/// # ;
/// ```
///
/// Any other stream becomes one with [`Sse::stream`](crate::Sse::stream). Its items are events, text
/// (the data of an event), or a `Result` of these: an error cuts the response, and the client connects
/// again. The stream is dropped when its client has gone. What is sent otherwise, and when it ends, is
/// as for [`Sse`](crate::Sse).
pub struct EventStream<S>(S);

impl<S> EventStream<S>
where
    S: Stream + 'static,
    S::Item: StreamEvent,
{
    pub(super) fn new(stream: S) -> Self {
        Self(stream)
    }
}

impl<S> StreamReply<S> {
    /// The items as server-sent events: see [`EventStream`].
    pub fn events(self) -> EventStream<S>
    where
        S: Stream + 'static,
        S::Item: StreamEvent,
    {
        EventStream(self.into_inner())
    }
}

impl<S> Reply for EventStream<S>
where
    S: Stream + 'static,
    S::Item: StreamEvent,
{
    fn into_answer(self) -> Answer {
        Answer::stream(Box::pin(Encoded(Box::pin(self.0))))
    }
}

impl<S> fmt::Debug for EventStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventStream")
    }
}

/// An item of an [`EventStream`]: an [`Event`], text, or a `Result` of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event: yield `Event::json(&value)?`, `Event::new(text)`, text, or a \
               `Result` of these",
    label = "cannot be sent as an event"
)]
pub trait StreamEvent {
    /// The event, or the error that cuts the response.
    ///
    /// # Errors
    ///
    /// The error that the stream yielded.
    fn into_event(self) -> Result<Event, HttpError>;
}

impl StreamEvent for Event {
    fn into_event(self) -> Result<Event, HttpError> {
        Ok(self)
    }
}

impl StreamEvent for &'static str {
    fn into_event(self) -> Result<Event, HttpError> {
        Ok(self.into())
    }
}

impl StreamEvent for String {
    fn into_event(self) -> Result<Event, HttpError> {
        Ok(self.into())
    }
}

impl<T: StreamEvent, E: Into<HttpError>> StreamEvent for Result<T, E> {
    fn into_event(self) -> Result<Event, HttpError> {
        self.map_err(Into::into)?.into_event()
    }
}

/// A stream of events as the driver takes its pieces.
struct Encoded<S>(Pin<Box<S>>);

impl<S: Stream> AnyStream for Encoded<S>
where
    S::Item: StreamEvent,
{
    fn poll_piece(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece<'static>, HttpError>>> {
        let item = self.0.as_mut().poll_next(cx);
        item.map(|item| item.map(|event| Ok(event.into_event()?.into_piece()?)))
    }

    fn are_events(&self) -> bool {
        true
    }
}
