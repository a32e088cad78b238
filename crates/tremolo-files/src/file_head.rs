//! The head of a response that is a file: its type, its coding, its other fields, and its rate.

use std::borrow::Cow;

use tremolo_core::{Error, Exchange};

/// The fields of a response with a file.
///
/// ```
/// use tremolo_files::FileHead;
///
/// let head = FileHead { content_type: b"text/css".into(), ..FileHead::default() };
/// assert_eq!((head.content_encoding, head.rate), (None, None));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileHead {
    /// `Content-Type`: that of the decoded content.
    pub content_type: Cow<'static, [u8]>,
    /// `Content-Encoding`, unless the response has one already.
    pub content_encoding: Option<&'static str>,
    /// Other fields, which replace those of the same name.
    pub fields: Vec<(&'static str, String)>,
    /// Bytes per second, in place of the rate of the connection; 0 for no limit.
    pub rate: Option<u64>,
}

impl FileHead {
    /// Sets the rate and, unless the head was sent, the fields. Call it before
    /// [`ServedFile::send`](crate::ServedFile::send). A second call changes nothing.
    ///
    /// # Errors
    ///
    /// The response or the connection is over, or a value is invalid.
    pub fn apply(&self, exchange: &mut Exchange<'_>) -> Result<(), Error> {
        if let Some(rate) = self.rate {
            exchange.options().set_rate(rate)?;
        }
        if exchange.peek().is_head_sent() {
            return Ok(());
        }
        let head = exchange.response_mut()?;
        head.set_content_type(&self.content_type)?;
        if let Some(coding) = self.content_encoding
            && head.fields().get(b"content-encoding").is_none()
        {
            head.set(b"Content-Encoding", coding.as_bytes())?;
        }
        for (name, value) in &self.fields {
            head.set(name.as_bytes(), value.as_bytes())?;
        }
        Ok(())
    }
}
