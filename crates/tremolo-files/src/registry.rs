//! The registered media types, from `mime_guess`.

/// The type for a file extension.
pub(crate) fn media_type(extension: &str) -> Option<&'static str> {
    mime_guess::from_ext(extension).first_raw()
}
