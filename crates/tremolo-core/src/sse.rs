//! The format of server-sent events (WHATWG HTML, section 9.2).
//!
//! A front encodes each event as one piece of the body, and sends it with
//! [`ServerSentEvents::send`](crate::ServerSentEvents::send), which also sends the head. Nothing
//! here knows a connection.

use std::time::Duration;

use memchr::{memchr2, memchr3};

use crate::error::Misuse;
use crate::http1::fields::Fields;

/// Encodes one event. Each method appends lines, [`EventEncoder::finish`] the end of the event.
///
/// ```
/// use tremolo_core::sse::EventEncoder;
///
/// let mut event = EventEncoder::default();
/// event.data(b"two\r\nlines");
/// event.id(b"7")?;
/// assert_eq!(event.finish(), b"data: two\ndata: lines\nid: 7\n\n");
/// # Ok::<(), tremolo_core::Misuse>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventEncoder(Vec<u8>);

impl EventEncoder {
    /// The data: CR, LF and CRLF each end a line, and the client gets LF for each. No data at all
    /// is not an event for the client; empty data is one.
    pub fn data(&mut self, data: &[u8]) {
        self.lines(b"data: ", data);
    }

    /// The type of the event. Without one it is `message`.
    ///
    /// # Errors
    ///
    /// [`Misuse::InvalidEventField`]: it has CR, LF or NUL.
    pub fn event(&mut self, event: &[u8]) -> Result<(), Misuse> {
        self.line(b"event: ", event)
    }

    /// The id of the event: a client that connects again sends it as `Last-Event-ID`. An empty one
    /// resets that.
    ///
    /// # Errors
    ///
    /// [`Misuse::InvalidEventField`]: it has CR, LF or NUL.
    pub fn id(&mut self, id: &[u8]) -> Result<(), Misuse> {
        self.line(b"id: ", id)
    }

    /// How long a client waits before it connects again, in milliseconds on the wire.
    pub fn retry(&mut self, after: Duration) {
        let milliseconds = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        self.field(b"retry: ", itoa::Buffer::new().format(milliseconds).as_bytes());
    }

    /// A comment, which clients ignore.
    pub fn comment(&mut self, text: &[u8]) {
        self.lines(b": ", text);
    }

    /// The encoded event.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.0.push(b'\n');
        self.0
    }

    fn lines(&mut self, prefix: &[u8], mut text: &[u8]) {
        self.0.reserve(prefix.len() + text.len() + 2);
        while let Some(end) = memchr2(b'\r', b'\n', text) {
            self.field(prefix, &text[..end]);
            let is_pair = text[end..].starts_with(b"\r\n");
            text = &text[end + if is_pair { 2 } else { 1 }..];
        }
        self.field(prefix, text);
    }

    fn line(&mut self, prefix: &[u8], value: &[u8]) -> Result<(), Misuse> {
        if memchr3(b'\r', b'\n', 0, value).is_some() {
            return Err(Misuse::InvalidEventField);
        }
        self.field(prefix, value);
        Ok(())
    }

    /// The space of the prefix is removed by the client, and one at the start of the value stays.
    fn field(&mut self, prefix: &[u8], value: &[u8]) {
        self.0.extend_from_slice(prefix);
        self.0.extend_from_slice(value);
        self.0.push(b'\n');
    }
}

/// The id of the last event that the client has received, if it connects again
/// (`Last-Event-ID`): UTF-8, if the id was.
#[must_use]
pub fn last_event_id(fields: Fields<'_>) -> Option<&[u8]> {
    fields.get("Last-Event-ID").filter(|id| !id.is_empty())
}

/// A comment without text, and the end of an event that has nothing else.
pub(crate) const HEARTBEAT: &[u8] = b":\n\n";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(encode: impl FnOnce(&mut EventEncoder)) -> String {
        let mut event = EventEncoder::default();
        encode(&mut event);
        String::from_utf8(event.finish()).unwrap()
    }

    /// Section 9.2.6: a stream is parsed line by line, and CR, LF and CRLF each end a line.
    #[test]
    fn each_line_of_data_has_its_prefix() {
        for (data, wire) in [
            ("", "data: \n\n"),
            ("one", "data: one\n\n"),
            (" leading", "data:  leading\n\n"),
            ("colon: x", "data: colon: x\n\n"),
            ("a\nb", "data: a\ndata: b\n\n"),
            ("a\rb", "data: a\ndata: b\n\n"),
            ("a\r\nb", "data: a\ndata: b\n\n"),
            ("a\n\rb", "data: a\ndata: \ndata: b\n\n"),
            ("a\r\r\nb", "data: a\ndata: \ndata: b\n\n"),
            ("\n", "data: \ndata: \n\n"),
            ("a\n", "data: a\ndata: \n\n"),
            ("\0é", "data: \0é\n\n"),
        ] {
            assert_eq!(encoded(|event| event.data(data.as_bytes())), wire, "{data:?}");
        }
    }

    #[test]
    fn a_comment_has_its_prefix_on_each_line() {
        assert_eq!(encoded(|event| event.comment(b"a\r\nb")), ": a\n: b\n\n");
        assert_eq!(encoded(|event| event.comment(b"")), ": \n\n");
    }

    /// A line end would begin another field. A client ignores an id with NUL (section 9.2.6).
    #[test]
    fn types_and_ids_with_line_ends_or_nul_are_refused() {
        for value in ["a\nb", "a\rb", "\r\n", "a\0b", "\n"] {
            let mut event = EventEncoder::default();
            let refused = Err(Misuse::InvalidEventField);
            assert_eq!(event.event(value.as_bytes()), refused, "{value:?}");
            assert_eq!(event.id(value.as_bytes()), refused, "{value:?}");
            assert_eq!(event, EventEncoder::default(), "{value:?}");
        }
        let whole = encoded(|event| {
            event.data(b"d");
            event.event("é: x".as_bytes()).unwrap();
            event.id(b"").unwrap();
            event.retry(Duration::from_secs(3));
        });
        assert_eq!(whole, "data: d\nevent: é: x\nid: \nretry: 3000\n\n");
    }

    #[test]
    fn the_delay_is_whole_milliseconds() {
        for (after, wire) in [
            (Duration::ZERO, "retry: 0\n\n"),
            (Duration::from_micros(1_999), "retry: 1\n\n"),
            (Duration::MAX, "retry: 18446744073709551615\n\n"),
        ] {
            assert_eq!(encoded(|event| event.retry(after)), wire);
        }
    }

    /// What a client makes of a stream, step by step as in section 9.2.6.
    fn decoded(stream: &str) -> Vec<(String, String, String)> {
        let (mut events, mut last_id) = (Vec::new(), String::new());
        let (mut data, mut kind) = (String::new(), String::new());
        let stream = stream.replace("\r\n", "\n").replace('\r', "\n");
        for line in stream.split_terminator('\n') {
            if line.is_empty() {
                if let Some(data) = data.strip_suffix('\n') {
                    events.push((data.to_owned(), kind.clone(), last_id.clone()));
                }
                data.clear();
                kind.clear();
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "data" => data = data + value + "\n",
                "event" => value.clone_into(&mut kind),
                "id" if !value.contains('\0') => value.clone_into(&mut last_id),
                _ => {}
            }
        }
        events
    }

    proptest! {
        /// No text can end its event, begin a field or get lost.
        #[test]
        fn a_client_gets_what_was_sent(
            data in "([ -~\u{e9}\0:]|\r|\n){0,40}",
            kind in "[ -~\u{e9}\r\n\0]{0,8}",
            id in "[ -~\u{e9}\r\n\0]{0,8}",
            comment in "([ -~]|\r|\n){0,20}",
        ) {
            let mut event = EventEncoder::default();
            event.comment(comment.as_bytes());
            event.data(data.as_bytes());
            let (has_kind, has_id) = (event.event(kind.as_bytes()).is_ok(), event.id(id.as_bytes()).is_ok());
            let stream = String::from_utf8(event.finish()).unwrap();
            let data = data.replace("\r\n", "\n").replace('\r', "\n");
            let kind = if has_kind { kind } else { String::new() };
            let id = if has_id { id } else { String::new() };
            let wanted = (data, kind, id);
            prop_assert_eq!(decoded(&stream.repeat(2)), [wanted.clone(), wanted]);
        }
    }
}
