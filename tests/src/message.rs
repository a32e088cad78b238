//! Request messages, put together: a head, and a body with a length or in chunks
//! (RFC 9112 sections 3, 6 and 7.1).

/// One request. It says what it is told, also if that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Request line and fields, each with its end.
    head: String,
    body: Vec<u8>,
}

impl Message {
    /// A request of `method target` with a `Host`, or of `method target version` as it stands.
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

    /// With this field line.
    #[must_use]
    pub fn field(mut self, line: &str) -> Self {
        self.head.push_str(line);
        self.head.push_str("\r\n");
        self
    }

    /// With these field lines.
    #[must_use]
    pub fn fields(self, lines: &[&str]) -> Self {
        lines.iter().fold(self, |message, line| message.field(line))
    }

    /// With this `Content-Type`.
    #[must_use]
    pub fn content_type(self, value: &str) -> Self {
        self.field(&format!("Content-Type: {value}"))
    }

    /// With `Connection: close`.
    #[must_use]
    pub fn closing(self) -> Self {
        self.field("Connection: close")
    }

    /// With this body, and its length.
    #[must_use]
    pub fn body(self, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut message = self.field(&format!("Content-Length: {}", body.len()));
        message.body.extend_from_slice(body);
        message
    }

    /// With this body in chunks of so many bytes, and the trailer section of these lines.
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

    /// The head, with the empty line.
    #[must_use]
    pub fn head(&self) -> String {
        format!("{}\r\n", self.head)
    }

    /// All of it.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        [self.head().as_bytes(), &self.body].concat()
    }
}
