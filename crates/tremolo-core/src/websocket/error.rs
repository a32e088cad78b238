//! Errors of a session, by origin: [`Violation`] is a fault of the peer and has a close code,
//! [`SendError`] is a call of the application that sends nothing.

use std::fmt;

use super::close_code::CloseCode;

/// A fault in what the peer sent. The session fails with [`Violation::close_code`] (RFC 6455 section
/// 7.1.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// A reserved bit is set that no extension defines (section 5.2).
    ReservedBits,
    /// An opcode that is not defined (section 5.2).
    ReservedOpcode,
    /// A control frame in fragments (section 5.5).
    FragmentedControl,
    /// A control frame with more than 125 bytes (section 5.5).
    ControlTooLong,
    /// A frame without a mask (section 5.1).
    Unmasked,
    /// A length that is not in the shortest form, or whose highest bit is set (section 5.2).
    InvalidLength,
    /// A continuation without a message (section 5.4).
    UnexpectedContinuation,
    /// A new message before the last one is complete (section 5.4).
    ExpectedContinuation,
    /// A close frame with one byte, or with a code that no endpoint may send (sections 5.5.1, 7.4).
    InvalidClose,
    /// A text or the reason of a close frame is not UTF-8 (section 8.1).
    InvalidUtf8,
    /// The compressed form of a message cannot be decoded (RFC 7692 section 7.2.2).
    InvalidCompression,
    /// A message is, or announces to be, longer than `ws_max_payload_size`.
    MessageTooBig,
    /// A message has more fragments than `ws_max_fragments`.
    TooManyFragments,
}

impl Violation {
    /// The code of the close frame that reports the fault (section 7.4.1).
    #[must_use]
    pub fn close_code(self) -> CloseCode {
        match self {
            Self::ReservedBits
            | Self::ReservedOpcode
            | Self::FragmentedControl
            | Self::ControlTooLong
            | Self::Unmasked
            | Self::InvalidLength
            | Self::UnexpectedContinuation
            | Self::ExpectedContinuation
            | Self::InvalidClose => CloseCode::PROTOCOL_ERROR,
            Self::InvalidUtf8 | Self::InvalidCompression => CloseCode::INVALID_PAYLOAD,
            Self::MessageTooBig => CloseCode::MESSAGE_TOO_BIG,
            Self::TooManyFragments => CloseCode::POLICY_VIOLATION,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReservedBits => "reserved bits are set",
            Self::ReservedOpcode => "reserved opcode",
            Self::FragmentedControl => "fragmented control frame",
            Self::ControlTooLong => "control frame too long",
            Self::Unmasked => "frame without a mask",
            Self::InvalidLength => "invalid frame length",
            Self::UnexpectedContinuation => "continuation without a message",
            Self::ExpectedContinuation => "new message inside of a message",
            Self::InvalidClose => "invalid close frame",
            Self::InvalidUtf8 => "invalid UTF-8",
            Self::InvalidCompression => "invalid compressed message",
            Self::MessageTooBig => "message too big",
            Self::TooManyFragments => "too many fragments",
        })
    }
}

impl std::error::Error for Violation {}

/// A call of the application that the session refuses. The call sends nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SendError {
    /// A close frame was sent, or the session is over (RFC 6455 section 5.5.1).
    Closed,
    /// A whole message while the fragments of another one are being sent (section 5.4).
    FragmentsOpen,
    /// A ping or a pong with more than 125 bytes (section 5.5).
    ControlTooLong,
    /// A close code that no endpoint may send (section 7.4).
    InvalidCloseCode,
    /// The reason of a close frame has more than 123 bytes (section 5.5.1).
    ReasonTooLong,
    /// The message cannot be compressed, most likely because memory is short.
    CompressionFailed,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the WebSocket is closed",
            Self::FragmentsOpen => "a message in fragments is not complete",
            Self::ControlTooLong => "more than 125 bytes in a control frame",
            Self::InvalidCloseCode => "a close code that may not be sent",
            Self::ReasonTooLong => "more than 123 bytes in the reason of a close frame",
            Self::CompressionFailed => "the message could not be compressed",
        })
    }
}

impl std::error::Error for SendError {}
