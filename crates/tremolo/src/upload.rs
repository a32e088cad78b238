//! A form or an upload of an exchange while it is read.

use std::sync::{Arc, Mutex, OnceLock};

use tremolo_core::form::{FormData, FormError, PartReader};

/// The upload of an exchange; made with the first call for a form or a part.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    pub(crate) reader: OnceLock<Result<Mutex<PartReader>, FormError>>,
    pub(crate) form: OnceLock<Result<Arc<FormData>, FormError>>,
}
