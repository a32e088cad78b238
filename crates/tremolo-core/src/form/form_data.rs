//! A form that was read whole.

use bytes::Bytes;

use super::{FormError, FormLimits, Step};
use crate::content::{Charset, urlencoded_in_utf8};
use crate::multimap::MultiMap;
use crate::query::parse_pairs;

/// The fields and files of a form, in the order of the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormData {
    /// The fields; a name may come more than once.
    pub fields: MultiMap,
    /// The files. A file input in which nothing was chosen is left out.
    pub files: Vec<FormFile>,
}

impl FormData {
    /// An urlencoded form from its whole body.
    ///
    /// # Errors
    ///
    /// [`FormError::TooLarge`] and [`FormError::TooManyFields`].
    pub fn urlencoded(
        body: &[u8],
        charset: Charset,
        limits: FormLimits,
    ) -> Result<Self, FormError> {
        if body.len() > limits.max_size {
            return Err(FormError::TooLarge);
        }
        let fields = parse_pairs(&urlencoded_in_utf8(body, charset), limits.max_fields)?;
        Ok(Self { fields, files: Vec::new() })
    }

    /// Adds a complete part: a file if it has a file name, else a field. A file input in which
    /// nothing was chosen has an empty file name and no data; it is left out.
    ///
    /// # Errors
    ///
    /// [`FormError::Content`]: the charset of a field is unknown.
    pub fn add(&mut self, Step { part, data, .. }: Step) -> Result<(), FormError> {
        let head = part.head;
        match head.filename() {
            Some("") if data.is_empty() => {}
            Some(filename) => self.files.push(FormFile {
                name: head.name().to_owned(),
                filename: filename.to_owned(),
                content_type: head.content_type().map(str::to_owned),
                data,
            }),
            None => {
                let charset = head.charset()?.unwrap_or_default();
                self.fields.append(head.name(), charset.decode(&data));
            }
        }
        Ok(())
    }

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
