//! Takes the place of a coding whose feature is not enabled.

use tremolo_core::content::ContentCoding;
use tremolo_core::negotiation::Coding;
use tremolo_core::{ContentDecoder, ContentEncoder};

/// Offered instead of the coding: a body without one.
pub(crate) const CODING: Coding = Coding::Identity;

/// There is none.
pub(crate) fn encoder() -> Option<Box<dyn ContentEncoder>> {
    None
}

/// There is none.
pub(crate) fn decoder(_: ContentCoding) -> Option<Box<dyn ContentDecoder>> {
    None
}
