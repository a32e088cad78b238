//! The HTML page of an error response, for all fronts.

use http::StatusCode;

/// Renders the HTML page of an error response. All arguments are escaped (CWE-79).
///
/// ```
/// let page = tremolo_core::error_page(404, "Not Found", "No route for /<x>.", "Tremolo");
/// assert!(page.contains("<h1>Not Found</h1>") && page.contains("/&lt;x&gt;"));
/// ```
#[must_use]
pub fn error_page(status: u16, reason: &str, detail: &str, server_name: &str) -> String {
    let mut page = String::with_capacity(512 + detail.len());
    page.push_str("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta ");
    page.push_str("name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>");
    page.push_str(itoa::Buffer::new().format(status));
    page.push(' ');
    escape_into(&mut page, reason);
    page.push_str("</title><style>body{max-width:40em;margin:3em auto;padding:0 1em;");
    page.push_str("font-family:sans-serif;line-height:1.5}pre{overflow:auto}");
    page.push_str("footer{color:#666;border-top:1px solid #ccc}</style></head><body><h1>");
    escape_into(&mut page, reason);
    page.push_str("</h1>");
    if !detail.is_empty() {
        page.push_str(if detail.contains('\n') { "<pre>" } else { "<p>" });
        escape_into(&mut page, detail);
        page.push_str(if detail.contains('\n') { "</pre>" } else { "</p>" });
    }
    if !server_name.is_empty() {
        page.push_str("<footer>");
        escape_into(&mut page, server_name);
        page.push_str("</footer>");
    }
    page.push_str("</body></html>");
    page
}

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
    fn all_arguments_are_escaped() {
        let attack = "<script>alert('1' & \"2\")</script>";
        let page = error_page(400, attack, attack, attack);
        assert!(!page.contains("<script"));
        let escaped = "&lt;script&gt;alert(&#x27;1&#x27; &amp; &quot;2&quot;)&lt;/script&gt;";
        assert_eq!(escape_html(attack), escaped);
        assert_eq!(page.matches(escaped).count(), 4);
    }
}
