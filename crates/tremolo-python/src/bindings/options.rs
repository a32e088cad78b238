//! The configuration: keywords of `Application.run` and `listen` become the engine's `Config`.
//!
//! Names, types and bounds come from the table of `tremolo-config`; this file only converts Python
//! objects to its values.

use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tremolo_core::Config;
use tremolo_core::config::{Kind, OPTIONS, Scope, Value, find, nearest};

/// Takes the keywords that the engine knows. Another name is the application's own, unless it is
/// nearly the name of an option: then it is refused with the right spelling.
pub(super) fn config(options: &Bound<'_, PyDict>) -> PyResult<Config> {
    let mut config = Config::default();
    for (name, value) in options {
        let name: String = name.extract()?;
        let Some(option) = find(&name) else {
            match nearest(&name) {
                None => continue,
                Some(known) => {
                    let text = format!("{name}: unknown; did you mean {known}?");
                    return Err(PyValueError::new_err(text));
                }
            }
        };
        let value = convert(option.kind, &value).map_err(|error| {
            let wrong = error.is_instance_of::<PyTypeError>(options.py());
            let text = format!("{name}: {}", error.value(options.py()));
            if wrong { PyTypeError::new_err(text) } else { PyValueError::new_err(text) }
        })?;
        let set = option.set(&mut config, value);
        set.map_err(|error| PyValueError::new_err(error.to_string()))?;
    }
    Ok(config)
}

/// The names of the options that one listener may have of its own.
#[pyfunction]
pub(super) fn listener_options() -> Vec<&'static str> {
    let own = OPTIONS.iter().filter(|option| option.scope == Scope::Listener);
    own.map(|option| option.name).collect()
}

fn convert(kind: Kind, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    Ok(match kind {
        Kind::Switch => Value::Switch(value.is_truthy()?),
        Kind::Number { .. } if value.is_none() => Value::Unset,
        Kind::Number { .. } => Value::Number(value.extract()?),
        Kind::Time => Value::Time(seconds(value)?),
        Kind::Text | Kind::Choice(_) => Value::Text(text(value)?),
        Kind::Networks => Value::Text(match value.extract::<Vec<String>>() {
            Ok(list) => list.join(","),
            Err(_) => text(value)?,
        }),
    })
}

fn seconds(value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    Duration::try_from_secs_f64(value.extract()?)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

fn text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(bytes) = value.extract::<&[u8]>() {
        return Ok(String::from_utf8_lossy(bytes).into_owned());
    }
    value.extract()
}
