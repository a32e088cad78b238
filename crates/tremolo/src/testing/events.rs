//! Server-sent events as a test sees them (WHATWG HTML, section 9.2).

use std::time::Duration;

use bytes::{Buf as _, BytesMut};

use super::request::TestRequest;
use super::response::TestResponse;

/// A request for events, from [`TestClient::events`](super::TestClient::events).
#[must_use = "nothing is sent before `connect`"]
#[derive(Clone, Debug)]
pub struct EventsRequest {
    request: TestRequest,
}

impl EventsRequest {
    pub(super) fn new(request: TestRequest) -> Self {
        Self { request: request.header("Accept", "text/event-stream") }
    }

    /// Adds a field.
    ///
    /// # Panics
    ///
    /// It is not a field.
    #[track_caller]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value) }
    }

    /// The id of the last event that this client has received before.
    ///
    /// # Panics
    ///
    /// It is not the value of a field.
    #[track_caller]
    pub fn last_event_id(self, id: &str) -> Self {
        self.header("Last-Event-ID", id)
    }

    /// Sends the request and waits for the head of the response.
    ///
    /// # Panics
    ///
    /// The response is not a stream of events.
    pub async fn connect(self) -> TestEvents {
        let what = self.request.to_string();
        let response = self.request.send().await;
        let content_type = response.header("Content-Type").unwrap_or_default();
        if response.status() != 200 || !content_type.starts_with("text/event-stream") {
            let status = response.status();
            panic!("{what}: no events: {status}: {}", response.text().await);
        }
        TestEvents { response, lines: Lines::default(), last_id: String::new() }
    }
}

/// The events of a response. If it is dropped before their end, the client has left.
///
/// ```
/// use tremolo::testing::{TestClient, block_on};
/// use tremolo::{Application, Event, stream};
///
/// block_on(async {
///     let application = Application::new().route("/events", || {
///         stream! { yield Event::new("one").id("7"); }.events()
///     });
///     let mut events = TestClient::new(application).events("/events").connect().await;
///     let event = events.next().await.unwrap();
///     assert_eq!((event.id.as_str(), event.data.as_str()), ("7", "one"));
///     assert!(events.next().await.is_none());
/// });
/// ```
#[derive(Debug)]
pub struct TestEvents {
    response: TestResponse,
    lines: Lines,
    last_id: String,
}

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedEvent {
    /// The last id that the server has sent, with this event or before; empty if it has sent none.
    pub id: String,
    /// The type; `message` if the event has none.
    pub event: String,
    /// The data; its lines end with LF.
    pub data: String,
    /// The time before a client connects again, if this event sets it.
    pub retry: Option<Duration>,
}

impl TestEvents {
    /// The response: its fields.
    #[must_use]
    pub fn response(&self) -> &TestResponse {
        &self.response
    }

    /// Waits for the next event. `None`: the server has ended the response. Comments are ignored, and
    /// so is what has no data.
    ///
    /// # Panics
    ///
    /// The response is cut.
    pub async fn next(&mut self) -> Option<ReceivedEvent> {
        let (mut event, mut has_data) = (ReceivedEvent::default(), false);
        loop {
            while let Some(line) = self.lines.next() {
                if !line.is_empty() {
                    has_data |= self.take(&line, &mut event);
                } else if has_data {
                    event.data.pop();
                    event.id.clone_from(&self.last_id);
                    if event.event.is_empty() {
                        "message".clone_into(&mut event.event);
                    }
                    return Some(event);
                } else {
                    event = ReceivedEvent::default();
                }
            }
            let piece = self.response.next().await?;
            let piece = piece.unwrap_or_else(|error| panic!("events: {error}"));
            self.lines.input.extend_from_slice(&piece);
        }
    }

    /// The client leaves: the connection is reset. The same as dropping the events.
    pub fn abort(self) {}

    /// Takes a line that is not empty; returns whether it has data.
    fn take(&mut self, line: &str, event: &mut ReceivedEvent) -> bool {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => {
                event.data.push_str(value);
                event.data.push('\n');
                return true;
            }
            "event" => value.clone_into(&mut event.event),
            "id" if !value.contains('\0') => value.clone_into(&mut self.last_id),
            "retry" => event.retry = value.parse().ok().map(Duration::from_millis),
            _ => {}
        }
        false
    }
}

/// The lines of a stream: each ends with CR, LF or CRLF.
#[derive(Debug, Default)]
struct Lines {
    input: BytesMut,
    /// The last line has ended with CR: an LF that follows belongs to it.
    has_cr: bool,
}

impl Lines {
    fn next(&mut self) -> Option<String> {
        if self.has_cr && !self.input.is_empty() {
            self.has_cr = false;
            if self.input[0] == b'\n' {
                self.input.advance(1);
            }
        }
        let end = memchr::memchr2(b'\r', b'\n', &self.input)?;
        let line = self.input.split_to(end);
        self.has_cr = self.input[0] == b'\r';
        self.input.advance(1);
        Some(String::from_utf8_lossy(&line).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_cr_lf_or_both_however_they_are_split() {
        let text = b"a\rb\nc\r\n\r\nd\n\ne";
        for size in 1..text.len() {
            let (mut lines, mut found) = (Lines::default(), Vec::new());
            for piece in text.chunks(size) {
                lines.input.extend_from_slice(piece);
                found.extend(std::iter::from_fn(|| lines.next()));
            }
            assert_eq!(found, ["a", "b", "c", "", "d", ""], "{size}");
        }
    }
}
