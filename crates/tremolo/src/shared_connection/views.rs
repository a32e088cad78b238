//! What is derived from the head of a request, and what is kept beside it.

use std::sync::OnceLock;

use tremolo_core::{MultiMap, PeerError};

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
}
