//! Takes the place of `encodings.rs` in a build without the feature `charset`: UTF-8 alone.

use std::borrow::Cow;

/// UTF-8, with those methods of `encoding_rs::Encoding` that are used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Encoding(&'static str);

pub(super) static UTF_8: &Encoding = &Encoding("UTF-8");

impl Encoding {
    /// The encoding with this label, in any case, among spaces (Encoding Standard, section 4.2).
    pub(super) fn for_label_no_replacement(label: &[u8]) -> Option<&'static Self> {
        let label = label.trim_ascii();
        LABELS.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(label)).then_some(UTF_8)
    }

    pub(super) fn name(&self) -> &'static str {
        self.0
    }

    pub(super) fn is_ascii_compatible(&self) -> bool {
        self.0.is_ascii()
    }

    /// The text, with U+FFFD for invalid sequences; then whether there are any.
    pub(super) fn decode_without_bom_handling<'a>(&self, bytes: &'a [u8]) -> (Cow<'a, str>, bool) {
        let text = String::from_utf8_lossy(bytes);
        let has_errors = matches!(text, Cow::Owned(_));
        (text, has_errors)
    }
}

/// UTF-8 is decoded without a copy, before this function is needed.
pub(super) fn decode_body(_: &'static Encoding, body: &[u8]) -> Option<String> {
    std::str::from_utf8(body).ok().map(str::to_owned)
}

const LABELS: &[&str] =
    &["utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"];
