//! The value of `Content-Disposition` that names a download (RFC 6266, RFC 8187 section 3.2).

use percent_encoding::percent_encode_byte;

/// `attachment` with the name of the file, for a response that clients save instead of showing it.
///
/// A name that is not plain ASCII is sent twice: with `_` in the place of the other characters, and
/// as it is in `filename*`, which all current clients prefer (RFC 6266 appendix D). Control
/// characters, `/` and `\` become `_` in both: no name leads out of a folder.
///
/// ```
/// use tremolo_core::attachment;
///
/// assert_eq!(attachment("notes.txt"), "attachment; filename=\"notes.txt\"");
/// assert_eq!(
///     attachment("naïve file.txt"),
///     "attachment; filename=\"na_ve file.txt\"; filename*=UTF-8''na%C3%AFve%20file.txt"
/// );
/// assert_eq!(attachment("../a\r\nb"), "attachment; filename=\".._a__b\"");
/// ```
#[must_use]
pub fn attachment(name: &str) -> String {
    let is_unsafe = |char: char| char.is_control() || matches!(char, '/' | '\\');
    let name: String = name.chars().map(|char| if is_unsafe(char) { '_' } else { char }).collect();
    // Some clients decode percent-encoded octets here, and quotes need an escape that some ignore.
    let is_plain = |char: char| (char.is_ascii_graphic() || char == ' ') && !"\"%".contains(char);
    let plain: String = name.chars().map(|char| if is_plain(char) { char } else { '_' }).collect();
    let mut value = format!("attachment; filename=\"{plain}\"");
    if plain != name {
        value.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || ATTR_CHARS.contains(&byte) {
                value.push(char::from(byte));
            } else {
                value.push_str(percent_encode_byte(byte));
            }
        }
    }
    value
}

/// RFC 8187 section 3.2.1: `attr-char`, without the letters and digits.
const ATTR_CHARS: &[u8] = b"!#$&+-.^_`|~";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_that_is_not_plain_is_sent_in_both_forms() {
        for (name, expected) in [
            ("", "attachment; filename=\"\""),
            ("a b.txt", "attachment; filename=\"a b.txt\""),
            ("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
            ("\"a\"", "attachment; filename=\"_a_\"; filename*=UTF-8''%22a%22"),
            ("a'b(c)*", "attachment; filename=\"a'b(c)*\""),
            ("€'(*", "attachment; filename=\"_'(*\"; filename*=UTF-8''%E2%82%AC%27%28%2A"),
            ("a;b=c", "attachment; filename=\"a;b=c\""),
            ("c:\\x\0\u{85}", "attachment; filename=\"c:_x__\""),
        ] {
            assert_eq!(attachment(name), expected, "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn any_name_gives_a_field_value_with_one_quoted_string(name in any::<String>()) {
            let value = attachment(&name);
            prop_assert!(value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()));
            prop_assert_eq!(value.matches('"').count(), 2);
            prop_assert!(!value.contains(['/', '\\']));
        }
    }
}
