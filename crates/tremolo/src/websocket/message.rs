//! Messages of a WebSocket: text or bytes, and messages that are framed once for many sockets.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use serde_core::Serialize;
use serde_core::de::DeserializeOwned;
use tremolo_core::websocket::{self as engine, DeflatePool, MessageKind};

/// A message of a WebSocket. Text and bytes become one with `into`.
///
/// ```
/// use tremolo::Message;
///
/// assert_eq!(Message::from("hello"), Message::Text("hello".into()));
/// assert_eq!(Message::from(vec![1, 2]), Message::Binary(vec![1, 2].into()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A text.
    Text(Text),
    /// Any bytes.
    Binary(Bytes),
}

impl Message {
    /// A text that is JSON.
    ///
    /// ```
    /// use tremolo::Message;
    ///
    /// let message = Message::json(&[1, 2])?;
    /// assert_eq!(message.parse::<Vec<u8>>()?, [1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A value that is not JSON, such as a map whose keys are no text.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(Self::from)
    }

    /// The value of a message that is JSON, text or not.
    ///
    /// # Errors
    ///
    /// It is not JSON, or of another type.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(self.as_bytes())
    }

    /// The text; `None` if it is binary.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Binary(_) => None,
        }
    }

    /// The bytes, of a text too.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => &text.0,
            Self::Binary(bytes) => bytes,
        }
    }

    /// The bytes, of a text too, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        match self {
            Self::Text(Text(bytes)) | Self::Binary(bytes) => bytes,
        }
    }

    /// An empty message of the same kind.
    pub(super) fn empty(&self) -> Self {
        match self {
            Self::Text(_) => Self::Text(Text::default()),
            Self::Binary(_) => Self::Binary(Bytes::new()),
        }
    }

    pub(super) fn kind(&self) -> MessageKind {
        match self {
            Self::Text(_) => MessageKind::Text,
            Self::Binary(_) => MessageKind::Binary,
        }
    }
}

impl From<engine::Message> for Message {
    fn from(message: engine::Message) -> Self {
        match message.kind {
            MessageKind::Text => Self::Text(Text(message.payload)),
            MessageKind::Binary => Self::Binary(message.payload),
        }
    }
}

impl From<Text> for Message {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(Bytes::copy_from_slice(bytes))
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<Bytes> for Message {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

/// The text of a message: shared bytes that are UTF-8, used like a `str`. A clone copies nothing.
///
/// Each use as a `str` checks the bytes again, because that costs little and needs no `unsafe`.
/// Code that needs the text often keeps the `&str`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Text(Bytes);

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a text is made of a string, or of a checked message")
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

/// A message that is framed, and compressed if it has at least 1 KiB, once for any number of
/// sockets: for a [`Broadcast`](crate::Broadcast). A clone copies nothing.
///
/// Sockets whose client did not negotiate compression get it plain.
///
/// ```
/// use tremolo::websocket::PreparedMessage;
/// use tremolo::{HttpError, WebSocket};
///
/// async fn greet(socket: WebSocket, hello: &PreparedMessage) -> Result<(), HttpError> {
///     Ok(socket.send_prepared(hello).await?)
/// }
///
/// let hello = PreparedMessage::new("hello");
/// # let _ = (greet, hello);
/// ```
#[derive(Clone, Debug)]
pub struct PreparedMessage(Arc<engine::PreparedMessage>);

impl PreparedMessage {
    /// Frames a message.
    #[must_use]
    pub fn new(message: impl Into<Message>) -> Self {
        /// Messages are prepared for the sockets of all workers.
        static POOL: LazyLock<Arc<DeflatePool>> = LazyLock::new(Arc::default);
        let message = message.into();
        let (kind, payload) = (message.kind(), message.as_bytes());
        let prepared = if payload.len() < WORTH_COMPRESSING {
            engine::PreparedMessage::new(kind, payload)
        } else {
            engine::PreparedMessage::compressed_by(&POOL, kind, payload)
        };
        Self(Arc::new(prepared))
    }

    pub(super) fn framed(&self) -> &engine::PreparedMessage {
        &self.0
    }
}

impl<M: Into<Message>> From<M> for PreparedMessage {
    fn from(message: M) -> Self {
        Self::new(message)
    }
}

/// The default of `ws_compression_min_size`: a shorter message fits into one packet.
const WORTH_COMPRESSING: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_used_like_a_str() {
        let text = Text::from("grüße");
        assert_eq!(text, "grüße");
        assert_eq!(
            (text.len(), text.chars().count(), text.to_uppercase()),
            (7, 5, "GRÜSSE".into())
        );
        assert_eq!(format!("{text} {text:?}"), "grüße \"grüße\"");
        assert_eq!(String::from(text), "grüße");
    }

    #[test]
    fn json_is_a_text_and_is_read_from_text_and_bytes() {
        let message = Message::json(&("a", 1)).unwrap();
        assert_eq!(message.as_text(), Some(r#"["a",1]"#));
        assert_eq!(message.parse::<(String, u8)>().unwrap(), ("a".to_owned(), 1));
        let binary = Message::Binary(message.into_bytes());
        assert_eq!(binary.parse::<(String, u8)>().unwrap(), ("a".to_owned(), 1));
        assert!(Message::from("{").parse::<(String, u8)>().is_err());
    }
}
