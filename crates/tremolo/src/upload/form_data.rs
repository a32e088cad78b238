//! A form that was read whole.

use bytes::Bytes;
use tremolo_core::MultiMap;

/// What a form holds, in the order of the wire; see [`Request::form`](crate::Request::form).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormData {
    /// The fields; a name may come more than once.
    pub fields: MultiMap,
    /// The files. A file input in which nothing was chosen is left out.
    pub files: Vec<FormFile>,
}

impl FormData {
    /// The first value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name)
    }

    /// The first file of a field.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&FormFile> {
        self.files.iter().find(|file| file.name == name)
    }
}

/// A file of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormFile {
    /// The name of the form's field.
    pub name: String,
    /// The file name that the client sent: it may contain slashes, `..`, any text.
    pub filename: String,
    /// The content type that the client sent.
    pub content_type: Option<String>,
    /// The file.
    pub data: Bytes,
}
