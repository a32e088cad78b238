//! Bodies of forms (RFC 7578), small enough to be seen at a glance.

/// The type of a form as browsers send it without files.
pub const URLENCODED: &str = "application/x-www-form-urlencoded";

/// The type of what [`multipart`] makes.
pub const MULTIPART: &str = "multipart/form-data; boundary=b";

/// A multipart body of parts: name, file name if it is a file, data. A file has the type
/// `text/x-` and its name.
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
