//! Takes the place of `registry.rs` in a build without the feature `media-types`.

/// No extension is registered.
pub(crate) fn media_type(_extension: &str) -> Option<&'static str> {
    None
}
