//! The URI reference in a `Location` field (RFC 9110 section 10.2.2, RFC 3986 sections 2 and 4.1).

use std::borrow::Cow;

use percent_encoding::percent_encode_byte;

/// Percent-encodes what may not stand in a URI reference, so that a path can be given as it is
/// read: blanks, quotes, backslashes, braces, and everything outside of ASCII, as UTF-8 or as
/// whichever bytes they are. What is encoded already stays as it is; a percent sign without two
/// hexadecimal digits behind it is encoded.
///
/// Control characters other than the tab are left alone: no field may hold them, and a CR or LF in
/// an address is a mistake to be reported, not to be sent.
///
/// ```
/// use tremolo_core::encode_location;
///
/// assert_eq!(encode_location("/a b/ü?q=50%".as_bytes()), "/a%20b/%C3%BC?q=50%25");
/// assert_eq!(encode_location(b"/a%20b#c"), "/a%20b#c");
/// ```
#[must_use]
pub fn encode_location(target: &[u8]) -> Cow<'_, str> {
    let is_allowed = |at: usize, byte: u8| match byte {
        b'%' => matches!(
            target.get(at + 1..at + 3),
            Some([first, second]) if first.is_ascii_hexdigit() && second.is_ascii_hexdigit()
        ),
        b'\t' => false,
        _ => byte.is_ascii_alphanumeric() || byte.is_ascii_control() || OTHERS.contains(&byte),
    };
    let is_encoded = target.iter().enumerate().all(|(at, &byte)| is_allowed(at, byte));
    if is_encoded && let Ok(text) = std::str::from_utf8(target) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(target.len() + 16);
    for (at, &byte) in target.iter().enumerate() {
        if is_allowed(at, byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(percent_encode_byte(byte));
        }
    }
    Cow::Owned(encoded)
}

/// RFC 3986 sections 2.2 and 2.3: reserved characters, and those of the unreserved ones that are
/// no letters and digits.
const OTHERS: &[u8] = b":/?#[]@!$&'()*+,;=-._~";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 3986 sections 2.1 to 2.4.
    #[test]
    fn encodes_what_may_not_stand_in_a_reference_and_nothing_twice() {
        for (target, expected) in [
            ("", ""),
            ("/", "/"),
            ("/\u{fc}", "/%C3%BC"),
            ("/a b", "/a%20b"),
            ("/a\tb", "/a%09b"),
            ("/%C3%BC/%c3%bc%20", "/%C3%BC/%c3%bc%20"),
            ("/100%", "/100%25"),
            ("/100%/%4/%zz/%%41", "/100%25/%254/%25zz/%25%41"),
            ("https://a.b:1/c;d=e?f=[g]&h='i'#j", "https://a.b:1/c;d=e?f=[g]&h='i'#j"),
            ("http://[::1]:80/!$()*+,-._~@", "http://[::1]:80/!$()*+,-._~@"),
            ("http://\u{fc}.example/", "http://%C3%BC.example/"),
            ("\\\\evil.example\\a", "%5C%5Cevil.example%5Ca"),
            ("/<\"a\">{b}|^`", "/%3C%22a%22%3E%7Bb%7D%7C%5E%60"),
            // To be refused by the head.
            ("/a\r\nX: y\0\x7f", "/a\r\nX:%20y\0\x7f"),
        ] {
            assert_eq!(encode_location(target.as_bytes()), expected, "{target:?}");
        }
        assert_eq!(encode_location(b"/\xfc"), "/%FC");
    }

    proptest! {
        #[test]
        fn what_is_encoded_stays_as_it_is(target: Vec<u8>) {
            let once = encode_location(&target).into_owned();
            prop_assert!(once.is_ascii());
            prop_assert!(matches!(encode_location(once.as_bytes()), Cow::Borrowed(_)));
        }

        #[test]
        fn what_is_encoded_means_the_same(target in "[a-z/%\u{fc} \"]{0,16}") {
            let encoded = encode_location(target.as_bytes());
            let decode = |text: &str| percent_encoding::percent_decode_str(text).collect::<Vec<_>>();
            prop_assert_eq!(decode(&encoded), decode(&target));
        }
    }
}
