//! What is derived from the head of a request, and what is kept beside it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tremolo_core::{MultiMap, PeerError};

use crate::body_source::BodySource;
use crate::extensions::Extensions;
use crate::upload::Upload;

/// What is derived from the head of a request when it is first needed, and what is kept beside it.
#[derive(Debug, Default)]
pub(crate) struct Views {
    pub(crate) query: OnceLock<Result<MultiMap, PeerError>>,
    pub(crate) cookies: OnceLock<MultiMap>,
    pub(crate) extensions: Extensions,
    /// Boxed, because most requests that need their query upload nothing.
    pub(crate) upload: OnceLock<Box<Upload>>,
    /// What is read in the place of the body, if a layer has replaced it.
    source: Mutex<Option<Arc<BodySource>>>,
}

impl Views {
    /// Puts another body in the place of that of the request.
    pub(crate) fn replace_body(&self, source: BodySource) {
        *self.source.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(source));
    }

    pub(super) fn body_source(&self) -> Option<Arc<BodySource>> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
