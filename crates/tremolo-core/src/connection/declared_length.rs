//! The budget of a declared `Content-Length`: how many bytes may and must follow (RFC 9110 section
//! 8.6).
//!
//! It counts the bytes that the application gives, before they are coded and framed. So it is also
//! checked where the field is not sent: in chunks (RFC 9112 section 6.2) and in a content coding.

use crate::error::Misuse;
use crate::http1::response::Framing;

/// What is left of a declared length; everything is allowed if none is declared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeclaredLength {
    left: Option<u64>,
}

impl DeclaredLength {
    /// The length that holds for a body in this framing. A body that is not sent has none.
    pub(crate) fn of(declared: Option<u64>, sent: Framing) -> Self {
        let left = match sent {
            Framing::None => None,
            Framing::Length(length) => Some(length),
            Framing::Chunked | Framing::UntilClose => declared,
        };
        Self { left }
    }

    /// Whether so many bytes more are within it.
    pub(crate) fn allows(self, length: u64) -> bool {
        self.left.is_none_or(|left| length <= left)
    }

    /// Counts bytes that follow. Of more than is left none is counted.
    pub(crate) fn spend(&mut self, length: u64) -> Result<(), Misuse> {
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(length).ok_or(Misuse::BodyTooLong)?;
        }
        Ok(())
    }

    /// Whether a length is declared.
    pub(crate) fn is_some(self) -> bool {
        self.left.is_some()
    }

    /// Whether nothing is missing.
    pub(crate) fn is_met(self) -> bool {
        self.left.is_none_or(|left| left == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_held_in_every_framing_that_has_a_body() {
        for (declared, sent, too_long, is_met) in [
            (None, Framing::Chunked, false, true),
            (None, Framing::UntilClose, false, true),
            (None, Framing::Length(3), true, true),
            (Some(3), Framing::Length(3), true, true),
            (Some(3), Framing::Chunked, true, true),
            (Some(3), Framing::UntilClose, true, true),
            (Some(4), Framing::Chunked, false, false),
            (Some(4), Framing::None, false, true),
        ] {
            let mut length = DeclaredLength::of(declared, sent);
            assert_eq!(length.spend(3), Ok(()), "{declared:?} {sent:?}");
            assert_eq!(length.is_met(), is_met, "{declared:?} {sent:?}");
            assert_eq!(length.allows(1), !too_long, "{declared:?} {sent:?}");
            let before = length;
            assert_eq!(length.spend(1).is_err(), too_long, "{declared:?} {sent:?}");
            assert!(!too_long || length == before, "what is refused is not counted");
        }
    }
}
