//! Takes the place of `file.rs` in a build without the feature `config-file`: no file can be read.

use std::io::{Error, ErrorKind};
use std::path::Path;

use crate::load_error::LoadError;
use crate::setting::Setting;

/// Refuses the file: its settings must not be left out silently.
pub(crate) fn settings_of(path: &Path) -> Result<Vec<Setting>, LoadError> {
    let why = "this program was built without the feature `config-file` of Tremolo";
    let error = Error::new(ErrorKind::Unsupported, why);
    Err(LoadError::Unreadable { path: path.to_owned(), error })
}
