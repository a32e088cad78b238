//! Checks of a whole configuration.

use crate::error::{ConfigError, Reason};
use crate::kind::Scope;
use crate::table::{Config, OPTIONS};

impl Config {
    /// Whether connections are encrypted.
    ///
    /// ```
    /// assert!(!tremolo_config::Config::default().is_tls());
    /// ```
    #[must_use]
    pub fn is_tls(&self) -> bool {
        !self.tls_cert.is_empty()
    }

    /// Checks every value against its bounds.
    ///
    /// # Errors
    ///
    /// The name of the first value that is out of bounds, and its bound.
    pub fn validate(&self) -> Result<(), ConfigError> {
        OPTIONS.iter().try_for_each(|option| {
            option.check(&option.get(self)).map_err(|reason| option.error(reason))
        })
    }

    /// Checks that the options that only Python has are at their defaults.
    ///
    /// # Errors
    ///
    /// [`Reason::OfPython`] with the name of the first one that is not.
    pub fn validate_for_rust(&self) -> Result<(), ConfigError> {
        let default = Self::default();
        let mut of_python = OPTIONS.iter().filter(|option| option.scope == Scope::PythonServer);
        match of_python.find(|option| option.get(self) != option.get(&default)) {
            Some(option) => Err(option.error(Reason::OfPython)),
            None => Ok(()),
        }
    }

    /// Checks that only options of a single listener differ from those of its server.
    ///
    /// # Errors
    ///
    /// [`Reason::NotOfAListener`] with the name of the first other option that differs.
    pub fn validate_listener(&self, server: &Self) -> Result<(), ConfigError> {
        let of_server = OPTIONS.iter().filter(|option| option.scope != Scope::Listener);
        let mut differing = of_server.filter(|option| option.get(self) != option.get(server));
        match differing.next() {
            Some(option) => Err(option.error(Reason::NotOfAListener)),
            None => self.validate(),
        }
    }
}
