//! A form or an upload while it is read: its decoder, its limits, and the data of a whole form.

mod body_buffer;
mod file_limits;
mod form_data;
mod reader;

use std::sync::{Arc, Mutex, OnceLock};

pub(crate) use self::body_buffer::BodyBuffer;
pub use self::file_limits::FileLimits;
pub use self::form_data::{FormData, FormFile};
pub(crate) use self::reader::{NumberedPart, Reader, Step};
use crate::error::FormError;

/// The upload of an exchange; made with the first call for a form or a part.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    pub(crate) reader: OnceLock<Result<Mutex<Reader>, FormError>>,
    pub(crate) form: OnceLock<Result<Arc<FormData>, FormError>>,
}
