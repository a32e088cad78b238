//! The response to an error, for people and for programs: as HTML, as problem details (RFC 9457) or
//! as text, whichever the client accepts (RFC 9110 section 12.5.1).

use std::borrow::Cow;
use std::fmt::Write;

use crate::http1::fields::Fields;
use crate::negotiation::accepted_types;
use crate::page::{escape_html, reason_of};
use crate::text::escape_controls;

/// The format of an error page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PageFormat {
    /// `text/html`, for browsers.
    Html,
    /// `application/problem+json` (RFC 9457).
    Problem,
    /// `text/plain`.
    Text,
}

impl PageFormat {
    /// The format for a client: the one whose media types have the highest weight in `Accept`;
    /// among equal weights HTML, then problem details, then text. `otherwise` if the client names
    /// none of them, as curl (`*/*`) and clients without the field.
    ///
    /// HTML is `text/html` and `application/xhtml+xml`; problem details are `application/json`,
    /// `application/*` and every type with the suffix `+json`; text is `text/plain` and `text/*`.
    ///
    /// ```
    /// use tremolo_core::PageFormat;
    ///
    /// let of = |accept: &[u8]| PageFormat::accepted([accept], PageFormat::Text);
    /// assert_eq!(of(b"text/html, application/xml;q=0.9, */*;q=0.8"), PageFormat::Html);
    /// assert_eq!(of(b"application/json, text/plain, */*"), PageFormat::Problem);
    /// assert_eq!(of(b"*/*"), PageFormat::Text);
    /// ```
    pub fn accepted<'a>(accept: impl IntoIterator<Item = &'a [u8]>, otherwise: Self) -> Self {
        let (mut best, mut highest) = (otherwise, 0);
        for (media_type, weight) in accepted_types(accept) {
            let Some(format) = Self::of_media_type(media_type) else { continue };
            if weight > highest || (weight == highest && weight > 0 && format < best) {
                (best, highest) = (format, weight);
            }
        }
        best
    }

    fn of_media_type(media_type: &[u8]) -> Option<Self> {
        let is = |known: &[u8]| media_type.eq_ignore_ascii_case(known);
        let suffix = media_type.len().checked_sub(b"+json".len());
        let suffix = suffix.and_then(|at| media_type.get(at..)).unwrap_or_default();
        if is(b"text/html") || is(b"application/xhtml+xml") {
            Some(Self::Html)
        } else if is(b"application/json")
            || is(b"application/*")
            || suffix.eq_ignore_ascii_case(b"+json")
        {
            Some(Self::Problem)
        } else {
            (is(b"text/plain") || is(b"text/*")).then_some(Self::Text)
        }
    }

    /// The content type of a page in this format.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Problem => "application/problem+json",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// Which format error pages have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageRule {
    /// What the client accepts, else text.
    Negotiated,
    /// What the client accepts, else HTML: what the original sends to everyone.
    NegotiatedElseHtml,
    /// Problem details for every client.
    ProblemDetails,
}

impl PageRule {
    /// The format for a request with these fields, and whether the response has to name `Accept` in
    /// its `Vary` (RFC 9110 section 12.5.5).
    #[must_use]
    pub fn format(self, fields: Fields<'_>) -> (PageFormat, bool) {
        let accepted = |otherwise| PageFormat::accepted(fields.get_all("accept"), otherwise);
        match self {
            Self::Negotiated => (accepted(PageFormat::Text), true),
            // A response to a request without the field is the one that the original sends.
            Self::NegotiatedElseHtml => {
                (accepted(PageFormat::Html), fields.get("accept").is_some())
            }
            Self::ProblemDetails => (PageFormat::Problem, false),
        }
    }
}

/// What the response to an error contains. Everything is escaped as its format demands (CWE-79).
///
/// ```
/// use tremolo_core::{PageFormat, Problem};
///
/// let members = [("limit".into(), "client_max_body_size".into())];
/// let detail = "request body too large";
/// let problem = Problem { detail, members: &members, ..Problem::new(413) };
/// assert_eq!(
///     problem.render(PageFormat::Problem),
///     r#"{"type":"about:blank","title":"Content Too Large","status":413,"#.to_owned()
///         + r#""detail":"request body too large","limit":"client_max_body_size"}"#
/// );
/// assert_eq!(
///     problem.render(PageFormat::Text),
///     "413 Content Too Large\nrequest body too large\nlimit: client_max_body_size\n"
/// );
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// The status of the response.
    pub status: u16,
    /// A URI that names the kind of problem; empty for `about:blank`.
    pub kind: &'a str,
    /// The name of the problem; empty for the registered reason phrase.
    pub title: &'a str,
    /// What went wrong with this request; it may have several lines.
    pub detail: &'a str,
    /// More about it, such as the `field` or the `limit` that is the reason.
    pub members: &'a [Member],
    /// The name of the server, for the foot of the HTML page; empty for none.
    pub server_name: &'a str,
}

/// A name and its text.
pub type Member = (Cow<'static, str>, Cow<'static, str>);

impl Problem<'_> {
    /// A problem of which only the status is known.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, kind: "", title: "", detail: "", members: &[], server_name: "" }
    }

    /// The page in this format.
    #[must_use]
    pub fn render(&self, format: PageFormat) -> String {
        match format {
            PageFormat::Html => self.html(),
            PageFormat::Problem => self.json(),
            PageFormat::Text => self.text(),
        }
    }

    fn title(&self) -> &str {
        if self.title.is_empty() { reason_of(self.status) } else { self.title }
    }

    fn html(&self) -> String {
        let title = escape_html(self.title());
        let mut page = String::with_capacity(512 + self.detail.len());
        page.push_str("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta ");
        page.push_str("name=\"viewport\" content=\"width=device-width\"><title>");
        page.push_str(itoa::Buffer::new().format(self.status));
        page.extend([" ", &title]);
        page.push_str("</title><style>html{color-scheme:light dark;font:100%/1.5 sans-serif}");
        page.push_str("body{width:min(40em,100% - 2em);margin:10vh auto;overflow-wrap:anywhere}");
        page.push_str("pre{white-space:pre-wrap}</style></head><body><main><h1>");
        page.extend([&title, "</h1>"]);
        if !self.detail.is_empty() {
            let is_block = self.detail.contains('\n');
            let (open, close) = if is_block { ("<pre>", "</pre>") } else { ("<p>", "</p>") };
            page.extend([open, &escape_html(self.detail), close]);
        }
        for (name, value) in self.members {
            page.extend(["<p>", &escape_html(name), ": ", &escape_html(value), "</p>"]);
        }
        page.push_str("</main>");
        if !self.server_name.is_empty() {
            page.extend(["<footer><hr>", &escape_html(self.server_name), "</footer>"]);
        }
        page.push_str("</body></html>");
        page
    }

    /// RFC 9457 section 3. A member of the application never takes the place of a standard one.
    fn json(&self) -> String {
        let mut json = String::with_capacity(128 + self.detail.len());
        json.push_str("{\"type\":");
        push_json(&mut json, if self.kind.is_empty() { "about:blank" } else { self.kind });
        json.push_str(",\"title\":");
        push_json(&mut json, self.title());
        json.push_str(",\"status\":");
        json.push_str(itoa::Buffer::new().format(self.status));
        if !self.detail.is_empty() {
            json.push_str(",\"detail\":");
            push_json(&mut json, self.detail);
        }
        for (name, value) in self.members.iter().filter(|(name, _)| !is_standard(name)) {
            json.push(',');
            push_json(&mut json, name);
            json.push(':');
            push_json(&mut json, value);
        }
        json.push('}');
        json
    }

    /// A terminal shows it: control characters become escapes.
    fn text(&self) -> String {
        let mut text = String::with_capacity(64 + self.detail.len());
        text.push_str(itoa::Buffer::new().format(self.status));
        text.extend([" ", &escape_controls(self.title()), "\n"]);
        for line in self.detail.lines() {
            text.extend([&*escape_controls(line), "\n"]);
        }
        for (name, value) in self.members {
            text.extend([&*escape_controls(name), ": ", &escape_controls(value), "\n"]);
        }
        text
    }
}

/// The members that RFC 9457 defines.
fn is_standard(name: &str) -> bool {
    matches!(name, "type" | "title" | "status" | "detail" | "instance")
}

/// A string of JSON (RFC 8259 section 7).
fn push_json(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '<' | '\u{2028}' | '\u{2029}' => {
                // `<`: harmless also where the JSON is taken for HTML.
                let _ = write!(json, "\\u{:04x}", u32::from(c));
            }
            _ => json.push(c),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9110 sections 12.4.2 and 12.5.1.
    #[test]
    fn the_format_is_what_the_client_prefers() {
        use PageFormat::{Html, Problem as Json, Text};
        for (accept, expected) in [
            (&[][..], None),
            (&["*/*"], None),
            (&["image/avif,image/webp,*/*;q=0.8"], None),
            (&["application/xml, */*"], None),
            // Firefox, Chromium; axios; a program with a vendor's type.
            (&["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"], Some(Html)),
            (&["application/json, text/plain, */*"], Some(Json)),
            (&["application/vnd.github+JSON"], Some(Json)),
            (&["application/*"], Some(Json)),
            (&["Application/Problem+json; charset=utf-8"], Some(Json)),
            (&["text/plain"], Some(Text)),
            (&["text/*"], Some(Text)),
            (&["text/html;q=0.5, application/json"], Some(Json)),
            (&["application/json;q=0.5", "text/html"], Some(Html)),
            (&["application/json, text/html"], Some(Html)),
            (&["text/html;q=0, application/json;q=0.1"], Some(Json)),
            (&["text/html;q=0"], None),
            (&["json, +json/x, \"text/html\""], None),
        ] {
            for otherwise in [Html, Text] {
                let accept = accept.iter().map(|value| value.as_bytes());
                let format = PageFormat::accepted(accept.clone(), otherwise);
                assert_eq!(format, expected.unwrap_or(otherwise), "{:?}", accept.clone());
            }
        }
    }

    /// CWE-79, CWE-150; RFC 8259 section 7.
    #[test]
    fn everything_is_escaped_in_each_format() {
        let attack = "<script>\"&'\u{1b}[2J\\\r</script>";
        let members = [(attack.into(), attack.into())];
        let problem = Problem {
            kind: attack,
            title: attack,
            detail: attack,
            members: &members,
            server_name: attack,
            ..Problem::new(400)
        };
        let html = problem.render(PageFormat::Html);
        let escaped = "&lt;script&gt;&quot;&amp;&#x27;";
        assert!(!html.contains("<script>"), "{html}");
        assert_eq!(html.matches(escaped).count(), 6, "{html}");
        let json = problem.render(PageFormat::Problem);
        assert!(!json.contains("<script>") && !json.chars().any(char::is_control), "{json}");
        let escaped = r#""\u003cscript>\"&'\u001b[2J\\\u000d\u003c/script>""#;
        assert_eq!(json.matches(escaped).count(), 5, "{json}");
        let text = problem.render(PageFormat::Text);
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }

    #[test]
    fn what_is_not_known_is_left_out_and_standard_members_stay() {
        let problem = Problem::new(404);
        assert_eq!(problem.render(PageFormat::Text), "404 Not Found\n");
        let json = r#"{"type":"about:blank","title":"Not Found","status":404}"#;
        assert_eq!(problem.render(PageFormat::Problem), json);
        assert!(!problem.render(PageFormat::Html).contains("<p>"));
        let members = [("status".into(), "200".into()), ("instance".into(), "x".into())];
        let problem = Problem { members: &members, ..problem };
        assert_eq!(problem.render(PageFormat::Problem), json);
    }
}
