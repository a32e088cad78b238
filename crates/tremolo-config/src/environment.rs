//! Options as variables of the environment: `TREMOLO_KEEPALIVE_TIMEOUT=15s`.

use std::ffi::OsString;

use crate::load_error::{LoadError, Source};
use crate::names;
use crate::option::PREFIX;
use crate::setting::Setting;

/// The variable with the path of a file.
pub const CONFIG_VARIABLE: &str = "TREMOLO_CONFIG";

/// The options that variables of an environment set: `TREMOLO_` and the name of the option in upper
/// case. Other variables are not read, and neither are those that Kubernetes adds for a service
/// with the name `tremolo`: `TREMOLO_PORT`, `TREMOLO_PORT_…` and `TREMOLO_SERVICE_…`.
///
/// ```
/// use tremolo_config::{Value, from_variables};
///
/// let settings = from_variables([("TREMOLO_BUFFER_SIZE".into(), "64KiB".into())])?;
/// assert_eq!(settings[0].value(), &Value::Number(65_536));
/// # Ok::<(), tremolo_config::LoadError>(())
/// ```
///
/// # Errors
///
/// A variable that begins with `TREMOLO_` and is not the name of an option, or the first value that
/// is not valid.
pub fn from_variables(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Vec<Setting>, LoadError> {
    let mut settings = Vec::new();
    for (variable, value) in variables {
        let Some(variable) = variable.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        if variable == CONFIG_VARIABLE || is_of_kubernetes(variable) {
            continue;
        }
        let value = value.into_string();
        let value = value.map_err(|_| LoadError::NotText(variable.to_owned()))?;
        settings.push(setting(variable, &value)?);
    }
    Ok(settings)
}

fn setting(variable: &str, value: &str) -> Result<Setting, LoadError> {
    let name = variable.strip_prefix(PREFIX).unwrap_or(variable);
    let lower = name.to_ascii_lowercase();
    let known = names::known(&lower).and_then(|option| match option.variable() == variable {
        true => Ok(option),
        false => Err(option.error(crate::Reason::Unknown(Some(option.name)))),
    });
    let read = known.and_then(|option| Setting::new(option, option.parse(value)?));
    read.map_err(|error| LoadError::Option {
        source: Source::Variable(variable.to_owned()),
        value: value.to_owned(),
        error,
    })
}

fn is_of_kubernetes(variable: &str) -> bool {
    variable == "TREMOLO_PORT"
        || variable.starts_with("TREMOLO_PORT_")
        || variable.starts_with("TREMOLO_SERVICE_")
}
