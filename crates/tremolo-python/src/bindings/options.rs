//! The configuration: keywords of `Application.run` become the engine's `Config`.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tremolo_core::Config;

/// Takes the keywords that the engine knows; others are the application's.
pub(super) fn config(options: &Bound<'_, PyDict>) -> PyResult<Config> {
    let mut config = Config::default();
    for (name, value) in options {
        let name: String = name.extract()?;
        apply(&mut config, &name, &value).map_err(|error| {
            let wrong = error.is_instance_of::<PyTypeError>(options.py());
            let text = format!("{name}: {}", error.value(options.py()));
            if wrong { PyTypeError::new_err(text) } else { PyValueError::new_err(text) }
        })?;
    }
    Ok(config)
}

/// engine_options()
///
/// The options that the engine knows, with their defaults.
#[pyfunction]
pub(super) fn engine_options(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let target = PyDict::new(py);
    show(&Config::default(), &target)?;
    Ok(target)
}

/// The options, and what kind of value each has.
macro_rules! options {
    ($($name:ident: $kind:ident,)*) => {
        fn apply(config: &mut Config, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
            match name {
                $(stringify!($name) => config.$name = $kind::read(value)?,)*
                _ => {}
            }
            Ok(())
        }

        fn show(config: &Config, target: &Bound<'_, PyDict>) -> PyResult<()> {
            $(target.set_item(stringify!($name), $kind::show(&config.$name))?;)*
            Ok(())
        }
    };
}

options! {
    backlog: number,
    buffer_size: number,
    client_max_header_size: number,
    client_max_header_fields: number,
    client_max_body_size: number,
    discard_limit: number,
    max_queue_size: number,
    max_connections: number,
    keepalive_connections: number,
    max_query_fields: number,
    upload_rate: number,
    download_rate: number,
    proxy_protocol: flag,
    trust_forwarded: flag,
    trusted_proxies: proxies,
    request_timeout: seconds,
    keepalive_timeout: seconds,
    write_timeout: seconds,
    app_handler_timeout: seconds,
    half_close: half_close,
    half_close_grace: seconds,
    app_close_timeout: seconds,
    lingering_time: seconds,
    lingering_timeout: seconds,
    shutdown_timeout: seconds,
    server_name: text,
    debug: flag,
    reuse_port: flag,
    unix_socket_mode: number,
}

mod number {
    use pyo3::prelude::*;

    pub(super) fn read<'a, 'py, T>(value: &'a Bound<'py, PyAny>) -> PyResult<T>
    where
        T: FromPyObject<'a, 'py>,
    {
        value.extract().map_err(Into::into)
    }

    pub(super) fn show<T: Copy>(value: &T) -> T {
        *value
    }
}

mod flag {
    use pyo3::prelude::*;

    pub(super) fn read(value: &Bound<'_, PyAny>) -> PyResult<bool> {
        value.is_truthy()
    }

    pub(super) fn show(value: &bool) -> bool {
        *value
    }
}

mod half_close {
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;
    use tremolo_core::{HalfClose, InvalidHalfClose};

    pub(super) fn read(value: &Bound<'_, PyAny>) -> PyResult<HalfClose> {
        let text: String = value.extract()?;
        text.parse().map_err(|error: InvalidHalfClose| PyValueError::new_err(error.to_string()))
    }

    pub(super) fn show(value: &HalfClose) -> &'static str {
        match value {
            HalfClose::Grace => "grace",
            HalfClose::Allow => "allow",
            HalfClose::Close => "close",
        }
    }
}

mod seconds {
    use std::time::Duration;

    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;

    pub(super) fn read(value: &Bound<'_, PyAny>) -> PyResult<Duration> {
        Duration::try_from_secs_f64(value.extract()?)
            .map_err(|error| PyValueError::new_err(error.to_string()))
    }

    pub(super) fn show(value: &Duration) -> f64 {
        value.as_secs_f64()
    }
}

mod proxies {
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;
    use tremolo_core::forwarded::TrustedProxies;

    /// A list, or text with commas; `None` is the default.
    pub(super) fn read(value: &Bound<'_, PyAny>) -> PyResult<TrustedProxies> {
        if value.is_none() {
            return Ok(TrustedProxies::default());
        }
        let list = match value.extract::<String>() {
            Ok(text) => vec![text],
            Err(_) => value.extract::<Vec<String>>()?,
        };
        TrustedProxies::parse(list.iter().flat_map(|text| text.split(',').map(str::trim)))
            .map_err(|error| PyValueError::new_err(error.reason))
    }

    /// The default: loopback and Unix sockets.
    pub(super) fn show(_: &TrustedProxies) -> Option<bool> {
        None
    }
}

mod text {
    use pyo3::prelude::*;

    pub(super) fn read(value: &Bound<'_, PyAny>) -> PyResult<String> {
        if let Ok(bytes) = value.extract::<&[u8]>() {
            return Ok(String::from_utf8_lossy(bytes).into_owned());
        }
        value.extract()
    }

    pub(super) fn show(value: &str) -> &str {
        value
    }
}
