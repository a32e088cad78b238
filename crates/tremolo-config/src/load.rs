//! The configuration from the environment and from files, in the order of their weight.

use std::env;
use std::path::Path;

use crate::environment::{CONFIG_VARIABLE, from_variables};
use crate::file::settings_of;
use crate::load_error::LoadError;
use crate::setting::Setting;
use crate::table::Config;

impl Config {
    /// The defaults, and over them the file whose path is in `TREMOLO_CONFIG`, and over it the
    /// variables of the environment, such as `TREMOLO_KEEPALIVE_TIMEOUT=15s`.
    ///
    /// What a program sets itself weighs more:
    ///
    /// ```
    /// use tremolo_config::Config;
    ///
    /// let config = Config { client_max_body_size: 64 << 20, ..Config::from_env()? };
    /// # Ok::<(), tremolo_config::LoadError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A variable or a key that names no option, a value that is not valid, or a file that cannot
    /// be read.
    pub fn from_env() -> Result<Self, LoadError> {
        Self::default().with_env()
    }

    /// The defaults, and over them a TOML file: `keepalive_timeout = "15s"`. The environment is not
    /// read; [`Config::with_env`] adds it.
    ///
    /// ```no_run
    /// use tremolo_config::Config;
    ///
    /// let config = Config::from_file("/etc/app.toml")?.with_env()?;
    /// # Ok::<(), tremolo_config::LoadError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A file that cannot be read, is longer than 1 MiB or is not TOML; a key that names no option,
    /// or a value that is not valid. Any file without the feature `config-file`.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Ok(Self::default().with(&file_settings(path.as_ref())?))
    }

    /// This configuration, with what the environment sets over it, as for [`Config::from_env`].
    ///
    /// # Errors
    ///
    /// As for [`Config::from_env`].
    pub fn with_env(self) -> Result<Self, LoadError> {
        Ok(self.with(&settings()?))
    }

    fn with(mut self, settings: &[Setting]) -> Self {
        for setting in settings {
            setting.apply(&mut self);
        }
        self
    }
}

/// What the file of `TREMOLO_CONFIG` and then the environment of this process set. Of two settings
/// of one option the later one counts.
///
/// # Errors
///
/// As for [`Config::from_env`].
pub fn settings() -> Result<Vec<Setting>, LoadError> {
    let mut settings = match env::var_os(CONFIG_VARIABLE) {
        Some(path) if !path.is_empty() => file_settings(Path::new(&path))?,
        _ => Vec::new(),
    };
    settings.extend(from_variables(env::vars_os())?);
    Ok(settings)
}

/// What a TOML file sets.
///
/// # Errors
///
/// As for [`Config::from_file`].
pub fn file_settings(path: &Path) -> Result<Vec<Setting>, LoadError> {
    settings_of(path)
}
