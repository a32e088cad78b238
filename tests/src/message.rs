//! Builds request messages: a head, and a body with a length or in chunks (RFC 9112 sections 3, 6
//! and 7.1).

/// A request. Nothing is checked, so that tests can build invalid requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The request line and the fields, each with its line end.
    head: String,
    body: Vec<u8>,
}

impl Message {
    /// A request for `method target`, with `Host`; or the complete request line
    /// `method target version`, without it.
    #[must_use]
    pub fn new(line: &str) -> Self {
        let head = match line.split(' ').count() {
            2 => format!("{line} HTTP/1.1\r\nHost: test\r\n"),
            _ => format!("{line}\r\n"),
        };
        Self { head, body: Vec::new() }
    }

    /// `POST path HTTP/1.1`.
    #[must_use]
    pub fn post(path: &str) -> Self {
        Self::new(&format!("POST {path}"))
    }

    /// Adds a field line.
    #[must_use]
    pub fn field(mut self, line: &str) -> Self {
        self.head.push_str(line);
        self.head.push_str("\r\n");
        self
    }

    /// Adds field lines.
    #[must_use]
    pub fn fields(self, lines: &[&str]) -> Self {
        lines.iter().fold(self, |message, line| message.field(line))
    }

    /// Adds `Content-Type`.
    #[must_use]
    pub fn content_type(self, value: &str) -> Self {
        self.field(&format!("Content-Type: {value}"))
    }

    /// Adds `Connection: close`.
    #[must_use]
    pub fn closing(self) -> Self {
        self.field("Connection: close")
    }

    /// Adds a body and its `Content-Length`.
    #[must_use]
    pub fn body(self, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut message = self.field(&format!("Content-Length: {}", body.len()));
        message.body.extend_from_slice(body);
        message
    }

    /// Adds a body in chunks of `size` bytes, and a trailer section with these lines.
    #[must_use]
    pub fn chunked(self, body: impl AsRef<[u8]>, size: usize, trailers: &[&str]) -> Self {
        let mut message = self.field("Transfer-Encoding: chunked");
        for chunk in body.as_ref().chunks(size) {
            message.body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            message.body.extend_from_slice(chunk);
            message.body.extend_from_slice(b"\r\n");
        }
        message.body.extend_from_slice(b"0\r\n");
        for line in trailers {
            message.body.extend_from_slice(line.as_bytes());
            message.body.extend_from_slice(b"\r\n");
        }
        message.body.extend_from_slice(b"\r\n");
        message
    }

    /// The head, with the empty line at its end.
    #[must_use]
    pub fn head(&self) -> String {
        format!("{}\r\n", self.head)
    }

    /// The whole message.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        [self.head().as_bytes(), &self.body].concat()
    }
}
