//! A form while it is read: whole, in steps of bounded size, or part by part (RFC 7578).
//!
//! It does no I/O: a caller feeds pieces of the body, and gets the parts and the data that are
//! complete. What is a field, what is a file and which limit applies is decided here, for all
//! fronts.

mod body_buffer;
mod error;
mod form_data;
mod limits;
mod part_reader;
#[cfg(test)]
mod tests;

use crate::content::{AcceptedCodings, FormKind};
use crate::http1::request::{BodyLength, RequestHead};

pub use body_buffer::BodyBuffer;
pub use error::FormError;
pub use form_data::{FormData, FormFile};
pub use limits::{FileLimits, FormLimits};
pub use part_reader::{NumberedPart, PartReader, Step};

/// The kind of form that a request contains, if it can be read within the limits.
///
/// # Errors
///
/// [`FormError::TooLarge`] if the announced length is over the limit; [`FormError::Content`];
/// [`FormError::ContentType`] if it is no form.
pub fn kind_of(
    head: &RequestHead,
    accepted: AcceptedCodings,
    limits: FormLimits,
) -> Result<FormKind, FormError> {
    let announced = head.body_length();
    if matches!(announced, BodyLength::Length(length) if length > limits.max_size as u64) {
        return Err(FormError::TooLarge);
    }
    let kind = FormKind::of(head.fields(), accepted)?;
    kind.ok_or(FormError::ContentType { expected: EITHER_KIND })
}

const EITHER_KIND: &str = "application/x-www-form-urlencoded or multipart/form-data";
