//! The normal form of the text of a regular expression.

use super::{Form, Units};

/// The normal form of the literal text of a pattern, in which a class may follow a percent sign: a
/// percent sign without two digits is kept.
pub(in crate::routing) fn normal_literal(text: &[u8]) -> Vec<u8> {
    let unit = |(sent, form): (&[u8], Form)| match sent {
        b"%" => Form::of_byte(b'%'),
        _ => form,
    };
    Units(text).flat_map(|at| unit(at).bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_sign_in_a_pattern_may_precede_a_class() {
        for (text, expected) in
            [("/%", "/%"), ("/%4", "/%4"), ("/caf\u{e9} %68", "/caf%C3%A9%20h"), ("%c3", "%C3")]
        {
            assert_eq!(normal_literal(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }
}
