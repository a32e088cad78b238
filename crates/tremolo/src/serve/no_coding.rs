//! Takes the place of `coding.rs` in a build without the features `brotli`, `gzip` and `zstd`.

use tremolo_core::Settings;

use crate::error::{Error, Result};

/// The settings; refused with `compression`, which would have no effect.
pub(super) fn with_codecs(settings: Settings) -> Result<Settings> {
    if settings.config().compression {
        let why = "compression: this program was built without the features `brotli`, `gzip` and \
                   `zstd` of Tremolo";
        return Err(Error::Setup(why.to_owned()));
    }
    Ok(settings)
}
