//! One server-sent event.

use std::time::Duration;

use serde_core::Serialize;
use tremolo_core::sse::EventEncoder;
use tremolo_core::{Misuse, Piece};

use crate::error::HttpError;
use crate::reply::StreamPiece;

/// A server-sent event: data, and what belongs to it. Text becomes one with `into`.
///
/// It is encoded as it is made, so that a clone copies bytes only.
///
/// ```
/// use std::time::Duration;
/// use tremolo::Event;
///
/// let event = Event::new("12 °C").event("weather").id("7").retry(Duration::from_secs(3));
/// # let _ = event;
/// ```
///
/// An event without data is none for the client, but its id and its delay count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    encoder: EventEncoder,
    /// The first thing that cannot be encoded: the error of [`Sse::send`](crate::Sse::send).
    refused: Option<Misuse>,
}

impl Event {
    /// An event with data. CR, LF and CRLF each end a line, and the client gets LF for each.
    #[must_use]
    pub fn new(data: impl AsRef<str>) -> Self {
        let mut event = Self::default();
        event.encoder.data(data.as_ref().as_bytes());
        event
    }

    /// An event whose data is JSON.
    ///
    /// # Errors
    ///
    /// A value that is not JSON, such as a map whose keys are no text.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self::new)
    }

    /// The type of the event, for `addEventListener`; without one it is `message`. One with CR, LF
    /// or NUL cannot be sent.
    #[must_use]
    pub fn event(mut self, event: impl AsRef<str>) -> Self {
        let encoded = self.encoder.event(event.as_ref().as_bytes());
        self.refused = self.refused.or_else(|| encoded.err());
        self
    }

    /// The id, which a client that connects again sends as `Last-Event-ID`. One with CR, LF or NUL
    /// cannot be sent.
    #[must_use]
    pub fn id(mut self, id: impl AsRef<str>) -> Self {
        let encoded = self.encoder.id(id.as_ref().as_bytes());
        self.refused = self.refused.or_else(|| encoded.err());
        self
    }

    /// How long the client waits before it connects again, in whole milliseconds. Browsers wait a
    /// few seconds by default.
    #[must_use]
    pub fn retry(mut self, after: Duration) -> Self {
        self.encoder.retry(after);
        self
    }

    /// A comment beside the event, which clients ignore.
    #[must_use]
    pub fn comment(mut self, text: impl AsRef<str>) -> Self {
        self.encoder.comment(text.as_ref().as_bytes());
        self
    }

    pub(crate) fn into_piece(self) -> Result<Piece<'static>, Misuse> {
        match self.refused {
            None => Ok(self.encoder.finish().into()),
            Some(misuse) => Err(misuse),
        }
    }
}

impl From<&str> for Event {
    fn from(data: &str) -> Self {
        Self::new(data)
    }
}

impl From<String> for Event {
    fn from(data: String) -> Self {
        Self::new(data)
    }
}

/// The encoded event: for `stream! { yield … }.events()`.
impl StreamPiece for Event {
    fn into_piece(self) -> Result<Piece<'static>, HttpError> {
        Ok(Self::into_piece(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_encoded_in_the_order_of_its_calls() {
        let event = Event::new("a\nb").event("x").id("1").retry(Duration::from_secs(2));
        let wire = "data: a\ndata: b\nevent: x\nid: 1\nretry: 2000\n\n";
        assert_eq!(event.into_piece().unwrap().as_slice(), wire.as_bytes());
        let json = Event::json(&[1, 2]).unwrap().into_piece().unwrap();
        assert_eq!(json.as_slice(), b"data: [1,2]\n\n");
    }

    #[test]
    fn a_line_end_in_a_type_or_an_id_is_an_error_when_it_is_sent() {
        for event in [Event::new("a").event("x\ny").id("1"), Event::new("a").id("1\0")] {
            assert_eq!(event.into_piece().unwrap_err(), Misuse::InvalidEventField);
        }
    }
}
