//! What the application wrote, and whether a client reads the same.

use crate::file::pattern;
use crate::reference::response::{Response, parse};

/// One exchange: what the client requested, and the expected body.
#[derive(Debug)]
struct Exchange {
    is_head: bool,
    body: Vec<u8>,
    /// The response is this part of a file, or what the request asks of it.
    file: Option<FileSlice>,
}

/// A part of a file that was sent as the whole response.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileSlice {
    pub(super) offset: u64,
    pub(super) length: u64,
}

impl FileSlice {
    /// The body that belongs to this head: the part itself, or the ranges in the head (RFC 9110
    /// section 14). The target `representation` checks that the ranges are right.
    fn body(self, response: &Response) -> Vec<u8> {
        let bytes = |first: u64, last: u64| pattern(self.offset + first..self.offset + last + 1);
        let content_type = response.values("content-type").next().unwrap_or_default();
        if response.status != 206 {
            return pattern(self.offset..self.offset + self.length);
        }
        if let Some(value) = response.values("content-range").next() {
            let (first, last) = self.content_range(value);
            return bytes(first, last);
        }
        if !content_type.starts_with(b"multipart/byteranges") {
            return pattern(self.offset..self.offset + self.length);
        }
        // The heads of the parts are accepted as they are; the bytes that they declare must follow.
        let mut body = Vec::new();
        while let Some(head) = response.body.get(body.len()..)
            && let Some(end) = memchr::memmem::find(head, b"\r\n\r\n")
        {
            let head = &head[..end + 4];
            body.extend_from_slice(head);
            let name = b"Content-Range: ";
            let at = memchr::memmem::find(head, name).expect("a part has its range") + name.len();
            let (first, last) = self.content_range(&head[at..end]);
            body.extend(bytes(first, last));
        }
        if !response.is_complete {
            // The head of a part can be cut as well.
            body.extend_from_slice(response.body.get(body.len()..).unwrap_or_default());
            return body;
        }
        body.extend_from_slice(format!("\r\n--{:032x}--\r\n", 0xb0).as_bytes());
        body
    }

    /// The length of the range in `bytes 1-2/3`.
    fn content_range(self, value: &[u8]) -> (u64, u64) {
        let text = std::str::from_utf8(value).expect("ASCII");
        let numbers = text.strip_prefix("bytes ").expect("in bytes").split(['-', '/']);
        let numbers: Vec<u64> = numbers.map(|number| number.parse().expect("a number")).collect();
        let [first, last, length] = numbers[..] else { panic!("{text} is no range") };
        assert!(first <= last && last < length && length == self.length, "{text}");
        (first, last)
    }
}

/// All exchanges of a connection.
#[derive(Debug, Default)]
pub(super) struct Record {
    exchanges: Vec<Exchange>,
    /// The application wrote raw bytes: the expected response is unknown.
    pub(super) is_raw: bool,
}

impl Record {
    pub(super) fn begin(&mut self, is_head: bool) {
        self.exchanges.push(Exchange { is_head, body: Vec::new(), file: None });
    }

    pub(super) fn write(&mut self, piece: &[u8]) {
        let exchange = self.exchanges.last_mut().expect("only an exchange takes a piece");
        exchange.body.extend_from_slice(piece);
    }

    /// The response is a file.
    pub(super) fn write_file(&mut self, slice: FileSlice) {
        self.exchanges.last_mut().expect("only an exchange sends a file").file = Some(slice);
    }

    /// Whether the application wrote anything in the latest exchange.
    pub(super) fn has_content(&self) -> bool {
        self.exchanges.last().is_some_and(|exchange| !exchange.body.is_empty())
    }

    /// Replaces what was written, because it was not sent and never will be.
    pub(super) fn replace(&mut self, piece: &[u8]) {
        self.exchanges.last_mut().expect("only an exchange takes a piece").body.clear();
        self.write(piece);
    }

    /// One response for each exchange, in order; only the last may be missing or cut.
    pub(super) fn check(&self, wire: &[u8], may_be_cut: bool) {
        if self.is_raw {
            return;
        }
        let mut rest = wire;
        let mut exchanges = self.exchanges.iter();
        while !rest.is_empty() {
            let exchange = exchanges.next().expect("a response without a request");
            let Some(response) = parse(rest, exchange.is_head) else {
                // Interim responses, or a head that was cut.
                let is_interim = rest.starts_with(b"HTTP/1.1 1") && rest.ends_with(b"\r\n\r\n");
                assert!(may_be_cut || is_interim, "half a head");
                return;
            };
            rest = &rest[response.consumed..];
            let body = match exchange.file {
                Some(slice) => &slice.body(&response),
                None => &exchange.body,
            };
            if exchange.is_head || matches!(response.status, 204 | 205 | 304) {
                assert!(response.body.is_empty(), "a body where none may be");
            } else if response.is_complete && !may_be_cut {
                assert_eq!(response.body, *body);
            } else {
                assert!(body.starts_with(&response.body), "a body made up");
            }
            assert!(response.is_complete || (may_be_cut && rest.is_empty()), "a body cut short");
            assert!(!response.is_last || rest.is_empty(), "bytes behind the last response");
        }
        let has_content =
            |exchange: &&Exchange| !exchange.body.is_empty() || exchange.file.is_some();
        let missing = exchanges.filter(has_content).count();
        assert!(missing == 0 || may_be_cut, "{missing} responses lost");
    }
}
