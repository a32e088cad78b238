//! One option with a value, as the environment or a file has set it.

use crate::error::ConfigError;
use crate::option::ConfigOption;
use crate::table::Config;
use crate::value::Value;

/// An option and the value that it is set to; the value is valid.
#[derive(Clone, Debug)]
pub struct Setting {
    option: &'static ConfigOption<Config>,
    value: Value,
}

impl Setting {
    /// Checks the value.
    pub(crate) fn new(
        option: &'static ConfigOption<Config>,
        value: Value,
    ) -> Result<Self, ConfigError> {
        // The type and some bounds are those of the field. Seconds become a duration there.
        let mut config = Config::default();
        option.set(&mut config, value)?;
        Ok(Self { option, value: option.get(&config) })
    }

    /// The option.
    #[must_use]
    pub fn option(&self) -> &'static ConfigOption<Config> {
        self.option
    }

    /// Its value.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Sets the option in a configuration.
    pub fn apply(&self, config: &mut Config) {
        let set = self.option.set(config, self.value.clone());
        set.expect("the value was checked when the setting was made");
    }
}
