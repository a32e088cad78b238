//! Takes the place of a coding whose feature is not enabled.

use tremolo_core::ContentEncoder;
use tremolo_core::negotiation::Coding;

/// Offered instead of the coding: a body without one.
pub(crate) const CODING: Coding = Coding::Identity;

/// There is none.
pub(crate) fn encoder() -> Option<Box<dyn ContentEncoder>> {
    None
}
