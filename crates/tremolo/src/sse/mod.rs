//! Server-sent events (WHATWG HTML, section 9.2): the handle, the events, and the reply.
//!
//! The engine has the rules: head, format, heartbeat, end.

mod event;
mod reply;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use futures_core::Stream;
use tremolo_core::sse::last_event_id;
use tremolo_core::{Error, Now, ServerSentEvents};

pub use self::event::Event;
pub use self::reply::{EventStream, StreamEvent};
use crate::race::{Winner, race};
use crate::request::Request;
use crate::response::Response;
use crate::shared_connection::Exchange;

/// A stream of server-sent events to the client, as an argument of a handler. It is cheap to clone,
/// and may move into another task.
///
/// The head is sent with the first event: until then the [`Response`] can change it, and the handler
/// can refuse or answer in another way. [`Sse::open`] sends it before the first event, so that the
/// client knows that it is connected. Each event is sent at once. After
/// [`Config::sse_heartbeat`](crate::Config::sse_heartbeat) without one the server sends a comment, so
/// that proxies keep the stream, and clients that have vanished are found. No handler timeout counts
/// while events are sent.
///
/// A browser connects again when the stream ends, with the id of the last event that it has
/// received ([`Sse::last_event_id`]). Status 204 keeps it from that.
///
/// ```
/// use std::time::Duration;
/// use tremolo::errors::ConnectionError;
/// use tremolo::{Event, Sse};
///
/// async fn ticks(sse: Sse) -> Result<(), ConnectionError> {
///     let last = sse.last_event_id().and_then(|id| id.parse().ok()).unwrap_or(0);
///     for number in last + 1..=last + 100 {
///         sse.send(Event::new(format!("tick {number}")).id(number.to_string())).await?;
///         tokio::time::sleep(Duration::from_millis(200)).await;
///     }
///     sse.close().await
/// }
/// # tremolo::Application::new().route("/", ticks);
/// ```
///
/// [`Sse::send`] fails as soon as the client has gone, and [`Sse::closed`] waits for that. When the
/// server shuts down, the stream ends as well. A handler that waits for something else then is
/// dropped.
#[derive(Clone, Debug)]
pub struct Sse {
    exchange: Arc<Exchange>,
}

impl Sse {
    pub(crate) fn new(exchange: Arc<Exchange>) -> Self {
        Self { exchange }
    }

    /// A reply of events: each item of the stream is sent as it comes.
    ///
    /// See [`EventStream`].
    pub fn stream<S>(stream: S) -> EventStream<S>
    where
        S: Stream + 'static,
        S::Item: StreamEvent,
    {
        EventStream::new(stream)
    }

    /// Sends the head, if it was not sent.
    ///
    /// # Errors
    ///
    /// The response has begun as another one; or no event can be sent: the stream has ended, the
    /// client has gone, or the response has no content, because the request is HEAD or the status
    /// is such as 204.
    pub async fn open(&self) -> Result<(), Error> {
        self.exchange.before_head().await?;
        self.exchange.act(|exchange, now| ServerSentEvents::of(exchange).begin(now))
    }

    /// Sends an event: text is its data. Waits while much is queued.
    ///
    /// ```
    /// use tremolo::errors::ConnectionError;
    /// use tremolo::{Event, Sse};
    ///
    /// async fn two(sse: Sse) -> Result<(), ConnectionError> {
    ///     sse.send("two\nlines").await?;
    ///     sse.send(Event::new("{}").event("status").id("2")).await
    /// }
    /// # tremolo::Application::new().route("/", two);
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Sse::open`]; and CR, LF or NUL in the type or the id.
    pub async fn send(&self, event: impl Into<Event>) -> Result<(), Error> {
        let piece = event.into().into_piece()?;
        self.exchange.before_head().await?;
        let send = |exchange: &mut tremolo_core::Exchange<'_>, now: &Now| {
            ServerSentEvents::of(exchange).send(now, piece)
        };
        self.exchange.act_when_writable(send).await
    }

    /// Sends a comment, which clients ignore.
    ///
    /// # Errors
    ///
    /// Those of [`Sse::open`].
    pub async fn comment(&self, text: impl AsRef<str>) -> Result<(), Error> {
        self.send(Event::default().comment(text)).await
    }

    /// Sends the head, and then each item of a stream as it comes. Ends with the stream, which is
    /// dropped as soon as the client has gone.
    ///
    /// # Errors
    ///
    /// Those of [`Sse::send`].
    pub async fn forward<S>(&self, stream: S) -> Result<(), Error>
    where
        S: Stream,
        S::Item: Into<Event>,
    {
        self.open().await?;
        let mut stream = pin!(stream);
        loop {
            match race(self.closed(), poll_fn(|cx| stream.as_mut().poll_next(cx))).await {
                Winner::First(()) => return self.open().await,
                Winner::Second(Some(event)) => self.send(event).await?,
                Winner::Second(None) => return Ok(()),
            }
        }
    }

    /// Ends the stream. The connection stays for the next request. Does nothing if the stream has
    /// ended or the client has gone.
    ///
    /// # Errors
    ///
    /// The response has begun as another one.
    pub async fn close(&self) -> Result<(), Error> {
        self.exchange.before_head().await?;
        self.exchange.act(|exchange, now| ServerSentEvents::of(exchange).close(now))
    }

    /// Waits until no event can be sent any more: the client has gone, the stream has ended, or the
    /// server shuts down. Any number of tasks may wait.
    ///
    /// A handler that waits here has `app_close_timeout` for its clean-up.
    pub async fn closed(&self) {
        self.exchange.ended().await;
    }

    /// The id of the last event that the client has received, if it connects again and the id is
    /// UTF-8 (`Last-Event-ID`).
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        std::str::from_utf8(last_event_id(self.exchange.head.fields())?).ok()
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> Request {
        Request::new(Arc::clone(&self.exchange))
    }

    /// The response, whose head can be changed before the first event.
    #[must_use]
    pub fn response(&self) -> Response {
        Response::new(Arc::clone(&self.exchange))
    }
}
