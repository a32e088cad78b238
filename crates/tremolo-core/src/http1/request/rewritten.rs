//! A head whose fields the application has changed before its handler reads them.

use super::{BodyLength, RequestHead};
use crate::http1::fields::{FieldSpan, Span};

impl RequestHead {
    /// The same request with other fields, for what reads it next: target, version and persistence
    /// stay as they were sent. A body whose `Content-Length` is not among the fields has an unknown
    /// length. `None` if the fields are longer than a head can be (16 MiB).
    ///
    /// ```
    /// use tremolo_core::http1::request::RequestHead;
    ///
    /// let head = RequestHead::default().with_fields([(&b"X-User"[..], &b"ada"[..])]).unwrap();
    /// assert_eq!(head.fields().get("x-user"), Some(&b"ada"[..]));
    /// assert_eq!(head.url(), b"/");
    /// ```
    #[must_use]
    pub fn with_fields<'a>(
        &self,
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Option<Self> {
        let mut raw = self.url().to_vec();
        let url = Span::new(0, raw.len());
        let add = |raw: &mut Vec<u8>, part: &[u8]| {
            let start = raw.len();
            raw.extend_from_slice(part);
            (raw.len() <= MAX_SIZE).then(|| Span::new(start, raw.len()))
        };
        let host = match self.host() {
            Some(host) => Some(add(&mut raw, host)?),
            None => None,
        };
        let mut spans = Vec::new();
        for (name, value) in fields {
            spans.push(FieldSpan { name: add(&mut raw, name)?, value: add(&mut raw, value)? });
        }
        let path_end = self.path_end - self.url.start;
        let method = self.method.clone();
        let mut head = Self { raw, method, url, path_end, host, fields: spans, ..*self };
        if matches!(head.body_length, BodyLength::Length(_))
            && head.fields().get("content-length").is_none()
        {
            head.body_length = BodyLength::Chunked;
        }
        Some(head)
    }
}

/// Offsets in a head have 32 bits.
const MAX_SIZE: usize = 1 << 24;

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use tremolo_config::Config;

    use super::*;
    use crate::http1::request::HeadParser;

    #[test]
    fn other_fields_change_nothing_else() {
        let mut input = BytesMut::from(
            "PUT http://b/c%64?e HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nX-A: 1\r\n\r\n",
        );
        let mut sent = RequestHead::default();
        HeadParser::default().parse(&mut input, &Config::default(), &mut sent).unwrap();
        let same = sent.with_fields(sent.fields().iter()).unwrap();
        let other = sent.with_fields([(&b"x-b"[..], &b"2"[..]), (b"X-B", b"")]).unwrap();
        for (head, length) in [(&same, BodyLength::Length(2)), (&other, BodyLength::Chunked)] {
            assert_eq!((head.url(), head.path()), (&b"/c%64?e"[..], &b"/c%64"[..]));
            assert_eq!((head.query(), head.host()), (Some(&b"e"[..]), Some(&b"b"[..])));
            assert_eq!((head.method(), head.version()), (sent.method(), sent.version()));
            assert_eq!((head.body_length(), head.keep_alive()), (length, true));
            assert_eq!(head.decoded_path(), "/cd");
        }
        assert!(same.fields().iter().eq(sent.fields().iter()));
        assert!(other.fields().iter().eq([(&b"x-b"[..], &b"2"[..]), (b"X-B", b"")]));
        let long = vec![b'x'; MAX_SIZE];
        assert!(sent.with_fields([(&b"x"[..], &long[..])]).is_none());
    }
}
