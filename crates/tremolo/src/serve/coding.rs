//! The codings of responses, from `tremolo-coding`.

use tremolo_core::Settings;

use crate::error::Result;

/// Settings with the encoders that the program contains.
pub(super) fn with_codecs(settings: Settings) -> Result<Settings> {
    Ok(settings.with_codecs(&tremolo_coding::Standard))
}
