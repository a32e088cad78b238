//! Messages, as the application receives them (RFC 6455 section 5.6).

use bytes::Bytes;

/// What a message contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

/// A received message, or one fragment of it.
///
/// The payload of a short message is a part of the receive buffer: an application that keeps it keeps
/// the buffer, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it contains.
    pub kind: MessageKind,
    /// Unmasked and decompressed. A text was checked: it is UTF-8, though a fragment may end inside
    /// of a character.
    pub payload: Bytes,
    /// Whether it is a text of which all bytes are ASCII.
    pub is_ascii: bool,
    /// Whether it begins a message. Always true, unless fragments are delivered.
    pub is_first: bool,
    /// Whether it ends a message. Always true, unless fragments are delivered.
    pub is_last: bool,
}
