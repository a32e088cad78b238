//! The body of a form with files (RFC 7578).

/// A form with files, for [`TestRequest::multipart`](super::TestRequest::multipart).
///
/// ```
/// use tremolo::testing::{Multipart, TestClient, block_on};
/// use tremolo::{Application, HttpError, Request};
///
/// async fn names(request: Request) -> Result<String, HttpError> {
///     let (mut parts, mut names) = (request.parts(), Vec::new());
///     while let Some(part) = parts.next().await {
///         names.push(part?.name().to_owned());
///     }
///     Ok(names.join(" "))
/// }
///
/// block_on(async {
///     let client = TestClient::new(Application::new().route("/", names));
///     let form = Multipart::new().text("title", "Cats").file("cat", "cat.png", "image/png", "…");
///     assert_eq!(client.post("/").multipart(form).send().await.text().await, "title cat");
/// });
/// ```
#[must_use = "a form does nothing until it is sent"]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Multipart {
    body: Vec<u8>,
}

impl Multipart {
    /// A form without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    pub fn text(self, name: &str, value: &str) -> Self {
        let name = quoted(name);
        self.part(&format!("Content-Disposition: form-data; name=\"{name}\""), value.as_bytes())
    }

    /// Adds a file.
    pub fn file(
        self,
        name: &str,
        filename: &str,
        content_type: &str,
        content: impl AsRef<[u8]>,
    ) -> Self {
        let (name, filename) = (quoted(name), quoted(filename));
        let head = format!(
            "Content-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
             Content-Type: {content_type}"
        );
        self.part(&head, content.as_ref())
    }

    fn part(mut self, head: &str, content: &[u8]) -> Self {
        self.body.extend_from_slice(format!("--{BOUNDARY}\r\n{head}\r\n\r\n").as_bytes());
        self.body.extend_from_slice(content);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    pub(super) const TYPE: &str =
        "multipart/form-data; boundary=----tremolo-testing-7MA4YWxkTrZu0gW";

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.body
    }
}

/// As browsers quote names (WHATWG HTML, multipart form data).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// Unlikely in any content.
const BOUNDARY: &str = "----tremolo-testing-7MA4YWxkTrZu0gW";
