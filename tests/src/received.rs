//! Parses responses, and masks dates.

use crate::client::Client;

/// One response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status line and the fields, with the empty line.
    pub head: String,
    /// The decoded body.
    pub body: Vec<u8>,
    /// Whether the body is delimited by a length or by chunks, not by the end of the connection.
    pub is_framed: bool,
}

impl Response {
    /// The status.
    ///
    /// # Panics
    ///
    /// If the head has no valid status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head[9..12].parse().expect("a status line has a status")
    }

    /// The value of a field that occurs at most once.
    ///
    /// # Panics
    ///
    /// If the field occurs more than once.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.head.lines().skip(1).filter_map(|line| {
            let (field, value) = line.split_once(':')?;
            field.eq_ignore_ascii_case(name).then_some(value.trim_matches([' ', '\t']))
        });
        let first = values.next();
        assert_eq!(values.next(), None, "{name} comes more than once");
        first
    }

    /// The body as text.
    ///
    /// # Panics
    ///
    /// If the body is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }

    /// The status, and the body as text; for a built-in error page, in HTML or in text, only its
    /// message.
    ///
    /// # Panics
    ///
    /// If the body is not UTF-8.
    #[must_use]
    pub fn status_and_text(&self) -> (u16, String) {
        let page = self.text();
        let html = page.split_once("<p>").and_then(|(_, rest)| rest.split_once("</p>"));
        let title = format!("{} ", self.status());
        let text = page.strip_prefix(&title).and_then(|rest| rest.split_once('\n'));
        let text = text.map(|(_, rest)| rest.split_once('\n').map_or("", |(message, _)| message));
        let html = html.map(|(message, _)| message);
        (self.status(), html.or(text).unwrap_or(page).to_owned())
    }
}

/// Reads one response to a GET request. A body without framing ends with the connection.
pub(crate) fn read_response(client: &mut Client) -> Response {
    let head = String::from_utf8(read_through(client, b"\r\n\r\n")).expect("a head is ASCII");
    let mut response = Response { head, body: Vec::new(), is_framed: true };
    let length = response.field("Content-Length").map(|value| value.parse().expect("a number"));
    if let Some(length) = length {
        response.body = client.read_exactly(length);
        assert_eq!(response.body.len(), length, "the body is cut: {response:?}");
    } else if response.field("Transfer-Encoding") == Some("chunked") {
        response.body = read_chunks(client);
    } else if !matches!(response.status(), 100..200 | 204 | 304) {
        response.is_framed = false;
        response.body = client.read_to_end();
    }
    response
}

fn read_chunks(client: &mut Client) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = read_through(client, b"\r\n");
        let digits = std::str::from_utf8(&line[..line.len() - 2]).expect("a size is ASCII");
        let size = usize::from_str_radix(digits, 16).expect("a size is hexadecimal");
        let mut chunk = client.read_exactly(size + 2);
        assert_eq!(chunk.split_off(size), b"\r\n", "a chunk ends with CRLF");
        if size == 0 {
            return body;
        }
        body.append(&mut chunk);
    }
}

fn read_through(client: &mut Client, end: &[u8]) -> Vec<u8> {
    let mut seen = 0;
    loop {
        let found = client.buffered[seen..].windows(end.len()).position(|window| window == end);
        if let Some(at) = found {
            return client.read_exactly(seen + at + end.len());
        }
        seen = client.buffered.len().saturating_sub(end.len() - 1);
        let more = client.fill(client.buffered.len() + 1);
        if !matches!(more, Ok(true)) {
            panic!("{more:?} after {:?}", crate::escape(&client.buffered));
        }
    }
}

/// Replaces each date by `{date}` (RFC 9110 section 5.6.7).
#[must_use]
pub fn mask_dates(bytes: &[u8]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        if rest.get(..PATTERN.len()).is_some_and(is_date) {
            masked.extend_from_slice(b"{date}");
            rest = &rest[PATTERN.len()..];
        } else {
            masked.push(first);
            rest = &rest[1..];
        }
    }
    masked
}

fn is_date(text: &[u8]) -> bool {
    text.iter().zip(PATTERN).all(|(byte, pattern)| match pattern {
        b'A' => byte.is_ascii_uppercase(),
        b'a' => byte.is_ascii_lowercase(),
        b'0' => byte.is_ascii_digit(),
        exact => byte == exact,
    }) && text.ends_with(b" GMT")
}

const PATTERN: &[u8] = b"Aaa, 00 Aaa 0000 00:00:00 AAA";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_only_dates() {
        let text = b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nX: Sun, 06 Nov 1994 08:49:37 UTC";
        assert_eq!(mask_dates(text), b"Date: {date}\r\nX: Sun, 06 Nov 1994 08:49:37 UTC");
    }
}
