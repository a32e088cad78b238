//! Recognises the head of a `101` in the bytes that an application sends as they are (RFC 9110
//! section 15.2.2), however it is split into pieces.

/// How much of the beginning of a `101` was sent.
#[derive(Debug)]
pub(super) struct Switching {
    matched: u8,
}

impl Switching {
    /// Nothing was sent yet.
    pub(super) const START: Self = Self { matched: 0 };

    /// What is sent is not, or no longer, the beginning of a `101`.
    pub(super) const OVER: Self = Self { matched: u8::MAX };

    /// Takes the next bytes that are sent. Returns true once: when they complete the beginning of a
    /// `101`.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> bool {
        let Some(expected) = HEAD.get(usize::from(self.matched)..) else { return false };
        let (common, rest) = expected.split_at(expected.len().min(bytes.len()));
        if !bytes.starts_with(common) {
            *self = Self::OVER;
            return false;
        }
        if rest.is_empty() {
            *self = Self::OVER;
            return true;
        }
        self.matched = (HEAD.len() - rest.len()) as u8;
        false
    }
}

const HEAD: &[u8] = b"HTTP/1.1 101 ";
