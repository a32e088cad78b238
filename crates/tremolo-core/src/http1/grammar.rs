//! The basic rules of RFC 9110 section 5: tokens, field values, whitespace.

/// Whether `bytes` is a token, `1*tchar` (section 5.6.2).
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && all(bytes, is_tchar)
}

/// Whether a byte may be in a token (section 5.6.2).
pub(crate) fn is_tchar(byte: u8) -> bool {
    TCHAR[usize::from(byte)]
}

/// Whether `bytes` is a valid field value: visible characters, SP, HTAB and obs-text; it may be
/// empty (section 5.5).
pub(crate) fn is_field_value(bytes: &[u8]) -> bool {
    all(bytes, |byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

/// Whether all bytes are in a class. Nearly always they are; a loop without early exit is
/// vectorized, or at least short.
pub(crate) fn all(bytes: &[u8], is_good: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(true, |all, &byte| all & is_good(byte))
}

/// Removes SP and HTAB at both ends: the only characters of OWS (section 5.6.3).
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    trim_end(bytes)
}

/// Removes SP and HTAB at the end.
pub(crate) fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

const TCHAR: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b'!';
    while byte < 0x7f {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+')
            || matches!(byte, b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~');
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_consist_of_tchars() {
        let delimiters = b"\"(),/:;<=>?@[\\]{}";
        for byte in 0..=255_u8 {
            let expected = (0x21..0x7f).contains(&byte) && !delimiters.contains(&byte);
            assert_eq!(is_token(&[byte]), expected, "{byte:#x}");
        }
        assert!(!is_token(b"") && !is_token(b"a b") && is_token(b"X-Foo"));
    }

    #[test]
    fn values_contain_no_control_character_except_the_tab() {
        for byte in 0..=255_u8 {
            let expected = byte == b'\t' || (byte >= 0x20 && byte != 0x7f);
            assert_eq!(is_field_value(&[b'a', byte]), expected, "{byte:#x}");
        }
        assert!(is_field_value(b""));
    }

    #[test]
    fn only_spaces_and_tabs_are_trimmed() {
        assert_eq!(trim(b" \ta\x0b \t"), b"a\x0b");
        assert_eq!(trim(b" \t "), b"");
    }
}
