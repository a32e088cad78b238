//! UTF-8 of a text in pieces (RFC 6455 section 8.1): an error is found with the first byte that no
//! valid text could continue with.

use simdutf8::compat::from_utf8;

use super::error::Violation;

/// Checks one text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Utf8Checker {
    /// The beginning of a character whose end has not arrived.
    begun: [u8; 4],
    length: usize,
}

impl Utf8Checker {
    /// Checks the next piece. `is_ascii`: whether all of it is.
    pub(super) fn check(&mut self, piece: &[u8], is_ascii: bool) -> Result<(), Violation> {
        if is_ascii && self.length == 0 {
            return Ok(());
        }
        let rest = if self.length == 0 { piece } else { self.complete(piece)? };
        let Err(error) = from_utf8(rest) else { return Ok(()) };
        if error.error_len().is_some() {
            return Err(Violation::InvalidUtf8);
        }
        for &byte in rest.get(error.valid_up_to()..).unwrap_or_default() {
            self.push(byte);
        }
        Ok(())
    }

    /// Checks that the text may end here.
    pub(super) fn finish(&mut self) -> Result<(), Violation> {
        if std::mem::take(&mut self.length) == 0 { Ok(()) } else { Err(Violation::InvalidUtf8) }
    }

    /// Completes the character that has begun; returns the bytes behind it.
    fn complete<'a>(&mut self, mut piece: &'a [u8]) -> Result<&'a [u8], Violation> {
        while let Some((&byte, rest)) = piece.split_first() {
            self.push(byte);
            piece = rest;
            match from_utf8(self.begun.get(..self.length).unwrap_or_default()) {
                Ok(_) => {
                    self.length = 0;
                    break;
                }
                Err(error) if error.error_len().is_some() => return Err(Violation::InvalidUtf8),
                Err(_) => {}
            }
        }
        Ok(piece)
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.begun.get_mut(self.length) {
            *slot = byte;
            self.length += 1;
        }
    }
}

/// Checks a text that has arrived whole. Unlike [`Utf8Checker`] it need not find the end of what is
/// valid, which costs less.
#[inline]
pub(super) fn check_whole(text: &[u8]) -> Result<(), Violation> {
    simdutf8::basic::from_utf8(text).map(drop).or(Err(Violation::InvalidUtf8))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The number of bytes after which a text is refused, if it is.
    fn refused_after(text: &[u8]) -> Option<usize> {
        let mut checker = Utf8Checker::default();
        text.iter()
            .position(|byte| checker.check(&[*byte], byte.is_ascii()).is_err())
            .map(|at| at + 1)
    }

    #[test]
    fn the_first_bad_byte_is_refused() {
        for (text, expected) in [
            (&b"\xce\xba\xe1\xbd\xb9"[..], None),
            (b"\xf4\x8f\xbf\xbf", None),
            (b"\xce", None),
            (b"a\x80", Some(2)),
            (b"\xc0", Some(1)),
            (b"\xf5", Some(1)),
            // Overlong forms, surrogates, and more than U+10FFFF: at the second byte.
            (b"\xe0\x80", Some(2)),
            (b"\xed\xa0", Some(2)),
            (b"\xf0\x80", Some(2)),
            (b"\xf4\x90", Some(2)),
            (b"\xe1\xbda", Some(3)),
        ] {
            assert_eq!(refused_after(text), expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_text_may_not_end_inside_of_a_character() {
        let mut checker = Utf8Checker::default();
        assert!(checker.check(b"\xf0\x9f", false).is_ok() && checker.finish().is_err());
        assert!(checker.finish().is_ok(), "the next text begins anew");
    }

    proptest! {
        #[test]
        fn pieces_are_judged_like_the_whole(
            texts in prop::collection::vec(prop_oneof![
                "\\PC{0,4}".prop_map(String::into_bytes),
                prop::collection::vec(any::<u8>(), 0..3),
            ], 0..8),
            size in 1_usize..9,
        ) {
            let text = texts.concat();
            let mut checker = Utf8Checker::default();
            let pieces = text.chunks(size).try_for_each(|piece| checker.check(piece, piece.is_ascii()));
            let result = pieces.and_then(|()| checker.finish());
            prop_assert_eq!(result.is_ok(), std::str::from_utf8(&text).is_ok());
            prop_assert_eq!(result, check_whole(&text));
        }
    }
}
