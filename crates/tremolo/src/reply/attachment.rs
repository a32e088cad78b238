//! Downloads: replies that clients save.

use std::fmt;

use tremolo_core::attachment;
use tremolo_files::Types;

use super::{Answer, IntoHeaders};

/// The name under which a client saves a reply, in any language: the field `Content-Disposition`
/// (RFC 6266, RFC 8187).
///
/// The content type is that of the extension of the name, unless the reply has one of its own. A
/// name never leads out of a folder: `/`, `\` and control characters become `_`. For files and
/// other responses of a handle its text is the value of the field.
///
/// ```
/// use tremolo::{Application, Attachment, HttpError, Response};
///
/// async fn report() -> (Attachment<&'static str>, &'static str) {
///     (Attachment("naïve file.csv"), "a,b\n1,2\n")
/// }
///
/// async fn file(response: Response) -> Result<(), HttpError> {
///     response.set_header("Content-Disposition", Attachment("Übersicht.pdf").to_string())?;
///     response.sendfile("/srv/4711.pdf").await
/// }
///
/// # let _ =
/// Application::new().route("/report", report).route("/file", file)
/// # ;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attachment<N>(pub N);

impl<N: AsRef<str>> IntoHeaders for Attachment<N> {
    fn append_to(self, answer: &mut Answer) {
        if answer.content_type().is_none() {
            let content_type = Types::default().of(self.0.as_ref().as_bytes());
            answer.set_content_type(content_type.to_string());
        }
        answer.set_header("Content-Disposition", self.to_string());
    }
}

impl<N: AsRef<str>> fmt::Display for Attachment<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&attachment(self.0.as_ref()))
    }
}
