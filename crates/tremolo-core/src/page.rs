//! Parts of pages, for all fronts: reason phrases, and the escaping of HTML.

use http::StatusCode;

/// The registered reason phrase of a status; empty if the status is not registered.
#[must_use]
pub fn reason_of(status: u16) -> &'static str {
    match status {
        // RFC 9110 renamed these (sections 15.5.14 and 15.5.21); the `http` crate has the old
        // names.
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        _ => {
            let known = StatusCode::from_u16(status).ok();
            known.and_then(|known| known.canonical_reason()).unwrap_or_default()
        }
    }
}

/// Escapes text for HTML: for element content and for quoted attributes.
#[must_use]
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    escape_into(&mut escaped, text);
    escaped
}

fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9110 section 15; the `http` crate has some older phrases.
    #[test]
    fn reason_phrases_are_the_registered_ones() {
        for (status, phrase) in [
            (103, "Early Hints"),
            (200, "OK"),
            (413, "Content Too Large"),
            (416, "Range Not Satisfiable"),
            (422, "Unprocessable Content"),
            (599, ""),
            (9, ""),
        ] {
            assert_eq!(reason_of(status), phrase, "{status}");
        }
    }

    #[test]
    fn markup_is_escaped() {
        let escaped = "&lt;script&gt;alert(&#x27;1&#x27; &amp; &quot;2&quot;)&lt;/script&gt;";
        assert_eq!(escape_html("<script>alert('1' & \"2\")</script>"), escaped);
    }
}
