//! The configuration: keywords of `Application.run` and `listen` become the engine's `Config`.
//!
//! Names, types and bounds come from the table of `tremolo-config`; this file only converts Python
//! objects to its values, and back.

use std::time::Duration;

use pyo3::IntoPyObjectExt as _;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};
use tremolo_core::Config;
use tremolo_core::config::{
    ConfigOption, Kind, OPTIONS, Scope, Unit, Value, find, nearest_of, settings,
};
use tremolo_net::AccessFormat;

/// Takes the keywords that the engine knows; others are the application's.
pub(super) fn config(options: &Bound<'_, PyDict>) -> PyResult<Config> {
    let mut config = Config::default();
    for (name, value) in options {
        let name: String = name.extract()?;
        if name == "ssl" && !value.is_none() {
            set_tls(&mut config, value.cast()?)?;
            continue;
        }
        let Some(option) = of_python().find(|option| option.name == name) else { continue };
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

/// check_options(options)
///
/// Raises a `TypeError` or a `ValueError` for a keyword whose value is not valid.
#[pyfunction]
pub(super) fn check_options(options: &Bound<'_, PyDict>) -> PyResult<()> {
    config(options).map(drop)
}

/// The keyword `ssl` of the original: a dictionary.
fn set_tls(config: &mut Config, ssl: &Bound<'_, PyDict>) -> PyResult<()> {
    for (name, value) in ssl {
        let name: String = name.extract()?;
        if value.is_none() {
            continue;
        }
        let option = match name.as_str() {
            "cert" => &mut config.tls_cert,
            "key" => &mut config.tls_key,
            "password" => &mut config.tls_key_password,
            _ => {
                let text = format!("ssl: {name:?} is unknown; it has `cert`, `key`, `password`");
                return Err(PyValueError::new_err(text));
            }
        };
        *option = path(&value)?;
    }
    if config.is_tls() {
        return Ok(());
    }
    Err(PyValueError::new_err("ssl: `cert` is missing"))
}

/// engine_options()
///
/// The options that the engine knows, with their defaults.
#[pyfunction]
pub(super) fn engine_options(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let (options, default) = (PyDict::new(py), Config::default());
    for option in of_python() {
        // Loopback and Unix sockets: `None` stands for them.
        let is_networks = option.kind == Kind::Networks;
        let value = if is_networks { Value::Unset } else { option.get(&default) };
        options.set_item(option.name, to_python(py, value)?)?;
    }
    Ok(options)
}

/// process_options(options)
///
/// The options of the worker processes among these, checked, and their defaults where they are not
/// given; a `ValueError` or a `TypeError` if any option is wrong.
#[pyfunction]
pub(super) fn process_options<'py>(options: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
    let (py, config) = (options.py(), config(options)?);
    let own = PyDict::new(py);
    for option in OPTIONS.iter().filter(|option| option.scope == Scope::PythonServer) {
        own.set_item(option.name, to_python(py, option.get(&config))?)?;
    }
    Ok(own)
}

/// parse_option(name, text)
///
/// The value of an option that is given as text: `on`, `10MiB`, `500ms`. A `ValueError` has the reason
/// why it is none.
#[pyfunction]
pub(super) fn parse_option<'py>(
    py: Python<'py>,
    name: &str,
    text: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let mut config = Config::default();
    match config.set_text(name, text) {
        Ok(()) => {
            let value = find(name).map_or(Value::Unset, |option| option.get(&config));
            to_python(py, value)
        }
        Err(error) => Err(PyValueError::new_err(error.reason.to_string())),
    }
}

/// environment_options()
///
/// The options that variables of the environment and the file of `TREMOLO_CONFIG` set, also those
/// that only the Rust front has in its table; a `ValueError` if one is wrong.
#[pyfunction]
pub(super) fn environment_options(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let settings = settings().map_err(|error| PyValueError::new_err(error.to_string()))?;
    let (options, mut config) = (PyDict::new(py), Config::default());
    for setting in settings {
        let set = setting.option().set(&mut config, setting.value().clone());
        set.map_err(|error| PyValueError::new_err(error.to_string()))?;
        options.set_item(setting.option().name, to_python(py, setting.value().clone())?)?;
    }
    // The table knows no fields of the access log.
    AccessFormat::of(&config).map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(options)
}

/// option_table()
///
/// The rows of the table of options, for the command line: the name, what the values are, the words
/// of a choice, the default as text, and the documentation.
#[pyfunction]
pub(super) fn option_table() -> Vec<Row> {
    let config = Config::default();
    let row = |option: &'static ConfigOption<Config>| {
        let (values, words) = values(option.kind);
        let default = option.print(&option.get(&config));
        (option.name, values, words.to_vec(), default, option.about)
    };
    OPTIONS.iter().map(row).collect()
}

type Row = (&'static str, &'static str, Vec<&'static str>, String, &'static str);

fn values(kind: Kind) -> (&'static str, &'static [&'static str]) {
    match kind {
        Kind::Switch => ("", &[]),
        Kind::Number { unit, .. } => match unit {
            Unit::Count => ("NUMBER", &[]),
            Unit::Bytes | Unit::Kibibytes => ("SIZE", &[]),
            Unit::BytesPerSecond => ("RATE", &[]),
            Unit::Mode => ("MODE", &[]),
        },
        Kind::Time => ("TIME", &[]),
        Kind::Text => ("TEXT", &[]),
        Kind::List => ("LIST", &[]),
        Kind::Choice(words) => ("WORD", words),
        Kind::Networks => ("NETWORKS", &[]),
    }
}

/// listener_options()
///
/// The names of the options that one listener may have of its own.
#[pyfunction]
pub(super) fn listener_options() -> Vec<&'static str> {
    let own = OPTIONS.iter().filter(|option| option.scope == Scope::Listener);
    own.map(|option| option.name).collect()
}

/// nearest_option(name, known)
///
/// The known name that is spelled most like this one, if one is near.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "a list of Python is converted")]
pub(super) fn nearest_option(name: &str, known: Vec<String>) -> Option<String> {
    nearest_of(name, known.iter().map(String::as_str)).map(str::to_owned)
}

fn of_python() -> impl Iterator<Item = &'static ConfigOption<Config>> {
    OPTIONS.iter().filter(|option| option.scope != Scope::RustServer)
}

/// A value as the keyword of Python takes it.
fn to_python(py: Python<'_>, value: Value) -> PyResult<Bound<'_, PyAny>> {
    match value {
        Value::Unset => Ok(py.None().into_bound(py)),
        Value::Switch(on) => on.into_bound_py_any(py),
        Value::Number(number) => number.into_bound_py_any(py),
        Value::Time(time) => time.as_secs_f64().into_bound_py_any(py),
        Value::Text(text) => text.into_bound_py_any(py),
    }
}

fn convert(kind: Kind, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    Ok(match kind {
        Kind::Switch => Value::Switch(value.is_truthy()?),
        Kind::Number { .. } | Kind::Time if value.is_none() => Value::Unset,
        Kind::Number { .. } => Value::Number(value.extract()?),
        Kind::Time => Value::Time(seconds(value)?),
        // `access_log=True`, and `None` as in the original.
        Kind::Choice(["off", on, ..]) if value.is_none() || value.is_instance_of::<PyBool>() => {
            Value::Text(if value.is_truthy()? { *on } else { "off" }.to_owned())
        }
        Kind::Text | Kind::Choice(_) => Value::Text(text(value)?),
        Kind::Networks if value.is_none() => {
            Value::Text(Config::default().trusted_proxies.to_string())
        }
        Kind::Networks | Kind::List => Value::Text(match value.extract::<Vec<String>>() {
            Ok(list) => list.join(","),
            Err(_) => text(value)?,
        }),
    })
}

fn seconds(value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    Duration::try_from_secs_f64(value.extract()?)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Text, bytes, or a path of `pathlib`.
fn path(value: &Bound<'_, PyAny>) -> PyResult<String> {
    match text(value) {
        Ok(text) => Ok(text),
        Err(_) => text(&value.call_method0("__fspath__")?),
    }
}

fn text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(bytes) = value.extract::<&[u8]>() {
        return Ok(String::from_utf8_lossy(bytes).into_owned());
    }
    value.extract()
}
