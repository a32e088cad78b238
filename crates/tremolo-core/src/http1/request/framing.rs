//! The length of a request body, or why it is not known (RFC 9112 section 6).
//!
//! A head that two implementations could read differently is refused. Such heads are used to
//! smuggle requests (section 11.2).

use super::{BodyLength, Version};
use crate::PeerError;
use crate::http1::grammar::trim;

/// Collects `Content-Length` and `Transfer-Encoding` while the fields are parsed.
#[derive(Debug, Default)]
pub(super) struct Framing {
    length: Option<u64>,
    encoding: Option<Encoding>,
}

/// The meaning of the transfer codings so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// No coding yet.
    Empty,
    /// `chunked`, and nothing else.
    Chunked,
    /// A coding that we do not know, possibly with `chunked` behind it.
    Unknown { chunked: bool },
    /// Something follows `chunked`, or a member of the list is empty.
    Misplaced,
}

impl Framing {
    /// Adds one `Content-Length`. Repeats of the same number are accepted, as fields and as
    /// a list (RFC 9110 section 8.6).
    pub(super) fn content_length(&mut self, value: &[u8]) -> Result<(), PeerError> {
        for number in value.split(|b| *b == b',') {
            let number = decimal(trim(number)).ok_or(PeerError::InvalidContentLength)?;
            if self.length.is_some_and(|other| other != number) {
                return Err(PeerError::ConflictingContentLength);
            }
            self.length = Some(number);
        }
        Ok(())
    }

    /// Adds one `Transfer-Encoding`; several form one list.
    ///
    /// An empty member of the list is a fault, although RFC 9110 section 5.6.1.2 allows a recipient
    /// to skip it: implementations interpret `,chunked` differently, and this field frames
    /// the message (RFC 9112 sections 6.1 and 11.2). A comma inside a quoted string separates here,
    /// because no coding with a quoted string is known.
    pub(super) fn transfer_encoding(&mut self, value: &[u8]) {
        let mut encoding = self.encoding.unwrap_or(Encoding::Empty);
        for coding in value.split(|byte| *byte == b',').map(trim) {
            // `chunked` has no parameters (RFC 9112 section 7.1): with some it is not `chunked`.
            encoding = match (encoding, coding.eq_ignore_ascii_case(b"chunked")) {
                _ if coding.is_empty() => Encoding::Misplaced,
                (Encoding::Empty, true) => Encoding::Chunked,
                (Encoding::Unknown { chunked: false }, chunked) => Encoding::Unknown { chunked },
                (Encoding::Empty, false) => Encoding::Unknown { chunked: false },
                (Encoding::Chunked | Encoding::Unknown { chunked: true }, _)
                | (Encoding::Misplaced, _) => Encoding::Misplaced,
            };
        }
        self.encoding = Some(encoding);
    }

    /// The decision, once all fields are known (RFC 9112 section 6.3).
    pub(super) fn body_length(&self, version: Version) -> Result<BodyLength, PeerError> {
        let Some(encoding) = self.encoding else {
            return Ok(match self.length {
                None | Some(0) => BodyLength::None,
                Some(length) => BodyLength::Length(length),
            });
        };
        // Section 6.1: either of them means faulty framing, whatever the coding is.
        if version == Version::Http10 {
            return Err(PeerError::TransferEncodingOnHttp10);
        }
        if self.length.is_some() {
            return Err(PeerError::LengthAndTransferEncoding);
        }
        match encoding {
            Encoding::Chunked => Ok(BodyLength::Chunked),
            Encoding::Unknown { chunked: true } => Err(PeerError::UnknownTransferCoding),
            Encoding::Empty | Encoding::Misplaced | Encoding::Unknown { chunked: false } => {
                Err(PeerError::ChunkedNotFinal)
            }
        }
    }
}

/// `1*DIGIT` that fits: no sign, no blank, no base.
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(values: &[&str]) -> Result<BodyLength, PeerError> {
        let mut framing = Framing::default();
        values.iter().try_for_each(|value| framing.content_length(value.as_bytes()))?;
        framing.body_length(Version::Http11)
    }

    fn codings(values: &[&str]) -> Result<BodyLength, PeerError> {
        let mut framing = Framing::default();
        values.iter().for_each(|value| framing.transfer_encoding(value.as_bytes()));
        framing.body_length(Version::Http11)
    }

    #[test]
    fn content_length_is_one_decimal_number() {
        use PeerError::{ConflictingContentLength as Conflict, InvalidContentLength as Invalid};
        assert_eq!(lengths(&[]), Ok(BodyLength::None));
        assert_eq!(lengths(&["0"]), Ok(BodyLength::None));
        assert_eq!(lengths(&["000"]), Ok(BodyLength::None));
        assert_eq!(lengths(&["5"]), Ok(BodyLength::Length(5)));
        assert_eq!(lengths(&["18446744073709551615"]), Ok(BodyLength::Length(u64::MAX)));
        assert_eq!(lengths(&["3, 3"]), Ok(BodyLength::Length(3)));
        assert_eq!(lengths(&["3", "03"]), Ok(BodyLength::Length(3)));
        for bad in [
            "",
            ",",
            "3,",
            ",3",
            "+3",
            "-3",
            "-0",
            "3 3",
            "0x3",
            "3.0",
            "1e3",
            "3;",
            "\"3\"",
            "a",
            "18446744073709551616",
            "99999999999999999999",
            "\u{b}3",
            "٣",
        ] {
            assert_eq!(lengths(&[bad]), Err(Invalid), "{bad:?}");
        }
        assert_eq!(lengths(&["3, 4"]), Err(Conflict));
        assert_eq!(lengths(&["3", "4"]), Err(Conflict));
        assert_eq!(lengths(&["3", "x"]), Err(Invalid));
    }

    #[test]
    fn chunked_is_the_only_coding_and_comes_once() {
        for good in [&["chunked"][..], &["Chunked"], &["\tCHUNKED "]] {
            assert_eq!(codings(good), Ok(BodyLength::Chunked), "{good:?}");
        }
        for bad in [
            // RFC 9112 sections 6.1 and 7: an empty member is no coding.
            &[""][..],
            &[","],
            &[",chunked"],
            &["chunked,"],
            &[" , chunked"],
            &["chunked, ,"],
            &["", "chunked"],
            &["chunked", ""],
            &["chunked", " "],
            &[",gzip, chunked"],
            &["gzip,, chunked"],
            &["gzip, chunked,"],
            &["gzip;q=\",\", chunked, "],
            &["chunked, chunked"],
            &["chunked", "chunked"],
            &["chunked, gzip"],
            &["chunked", "identity"],
            &["gzip, chunked, gzip"],
            &["gzip, chunked", "chunked"],
            // Section 6.3, item 4, requires this, whether the coding is known or not.
            &["identity"],
            &["gzip"],
            &["xchunked"],
            &["chunked;q=1"],
            &["\"chunked\""],
            &["\u{b}chunked"],
            &["chunked\0"],
            &["chun ked"],
        ] {
            assert_eq!(codings(bad), Err(PeerError::ChunkedNotFinal), "{bad:?}");
        }
        for unknown in [&["gzip, chunked"][..], &["gzip", "chunked"], &["x, gzip", "chunked"]] {
            assert_eq!(codings(unknown), Err(PeerError::UnknownTransferCoding), "{unknown:?}");
        }
    }

    #[test]
    fn rejects_both_length_and_encoding() {
        for coding in ["chunked", "gzip", ""] {
            let mut framing = Framing::default();
            framing.transfer_encoding(coding.as_bytes());
            framing.content_length(b"0").unwrap();
            let expected = Err(PeerError::LengthAndTransferEncoding);
            assert_eq!(framing.body_length(Version::Http11), expected);
        }
    }

    #[test]
    fn rejects_an_encoding_in_http_1_0() {
        let mut framing = Framing::default();
        framing.transfer_encoding(b"chunked");
        let expected = Err(PeerError::TransferEncodingOnHttp10);
        assert_eq!(framing.body_length(Version::Http10), expected);
    }
}
