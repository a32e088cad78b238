//! Small form bodies (RFC 7578).

/// The media type of a form without files.
pub const URLENCODED: &str = "application/x-www-form-urlencoded";

/// The media type of the bodies from [`multipart`].
pub const MULTIPART: &str = "multipart/form-data; boundary=b";

/// A multipart body. Each part has a name, a file name if it is a file, and data. The type of a
/// file is `text/x-` with the part's name.
#[must_use]
pub fn multipart(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, filename, data) in parts {
        let mut head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"");
        if let Some(filename) = filename {
            head += &format!("; filename=\"{filename}\"\r\nContent-Type: text/x-{name}");
        }
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    body
}
