//! The content of close frames (RFC 6455 section 5.5.1).

use super::close_code::CloseCode;
use super::error::{SendError, Violation};

/// The content of a close frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseFrame {
    /// Why the sender closes; [`CloseCode::NO_CODE`] if the frame is empty.
    pub code: CloseCode,
    /// A text for logs; at most 123 bytes.
    pub reason: Box<str>,
}

impl CloseFrame {
    /// Reads the payload of a close frame (section 5.5.1).
    pub(super) fn parse(payload: &[u8]) -> Result<Self, Violation> {
        let (code, reason) = match payload {
            [] => return Ok(Self { code: CloseCode::NO_CODE, reason: "".into() }),
            [_] => return Err(Violation::InvalidClose),
            [high, low, reason @ ..] => (CloseCode::new(u16::from_be_bytes([*high, *low])), reason),
        };
        if !code.may_be_sent() {
            return Err(Violation::InvalidClose);
        }
        let reason = std::str::from_utf8(reason).map_err(|_| Violation::InvalidUtf8)?;
        Ok(Self { code, reason: reason.into() })
    }
}

/// Writes the payload of a close frame; returns its length. [`CloseCode::NO_CODE`] makes an empty one.
pub(super) fn close_payload(
    payload: &mut [u8; 125],
    code: CloseCode,
    reason: &str,
) -> Result<usize, SendError> {
    if code == CloseCode::NO_CODE && reason.is_empty() {
        return Ok(0);
    }
    if !code.may_be_sent() {
        return Err(SendError::InvalidCloseCode);
    }
    let length = reason.len() + 2;
    let payload = payload.get_mut(..length).ok_or(SendError::ReasonTooLong)?;
    let (head, tail) = payload.split_at_mut(2);
    head.copy_from_slice(&code.get().to_be_bytes());
    tail.copy_from_slice(reason.as_bytes());
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_frame_is_empty_or_has_a_code_and_a_reason_in_utf8() {
        let parsed = |payload: &[u8]| CloseFrame::parse(payload).map(|frame| frame.code.get());
        assert_eq!(parsed(b""), Ok(1005));
        assert_eq!(parsed(b"\x03"), Err(Violation::InvalidClose));
        assert_eq!(parsed(b"\x03\xe8bye"), Ok(1000));
        assert_eq!(parsed(b"\x03\xe8\xff"), Err(Violation::InvalidUtf8));
    }

    #[test]
    fn a_reason_has_at_most_123_bytes() {
        let mut payload = [0; 125];
        let mut length = |size| close_payload(&mut payload, CloseCode::NORMAL, &"r".repeat(size));
        assert_eq!(length(123), Ok(125));
        assert_eq!(length(124), Err(SendError::ReasonTooLong));
    }
}
