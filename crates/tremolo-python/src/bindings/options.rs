//! The configuration: keywords of `Application.run` become the engine's `Config`.

use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tremolo_core::forwarded::TrustedProxies;
use tremolo_core::{Config, HalfClose, InvalidHalfClose};

/// Takes the keywords that the engine knows; the rest is none of its business.
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

fn apply(config: &mut Config, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match name {
        "backlog" => config.backlog = value.extract()?,
        "buffer_size" => config.buffer_size = value.extract()?,
        "client_max_header_size" => config.client_max_header_size = value.extract()?,
        "client_max_header_fields" => config.client_max_header_fields = value.extract()?,
        "client_max_body_size" => config.client_max_body_size = value.extract()?,
        "discard_limit" => config.discard_limit = value.extract()?,
        "max_queue_size" => config.max_queue_size = value.extract()?,
        "max_connections" => config.max_connections = value.extract()?,
        "keepalive_connections" => config.keepalive_connections = value.extract()?,
        "max_query_fields" => config.max_query_fields = value.extract()?,
        "upload_rate" => config.upload_rate = value.extract()?,
        "download_rate" => config.download_rate = value.extract()?,
        "proxy_protocol" => config.proxy_protocol = value.is_truthy()?,
        "trust_forwarded" => config.trust_forwarded = value.is_truthy()?,
        "trusted_proxies" => config.trusted_proxies = proxies(value)?,
        "request_timeout" => config.request_timeout = seconds(value)?,
        "keepalive_timeout" => config.keepalive_timeout = seconds(value)?,
        "write_timeout" => config.write_timeout = seconds(value)?,
        "app_handler_timeout" => config.app_handler_timeout = seconds(value)?,
        "half_close" => config.half_close = half_close(value)?,
        "half_close_grace" => config.half_close_grace = seconds(value)?,
        "app_close_timeout" => config.app_close_timeout = seconds(value)?,
        "lingering_time" => config.lingering_time = seconds(value)?,
        "lingering_timeout" => config.lingering_timeout = seconds(value)?,
        "shutdown_timeout" => config.shutdown_timeout = seconds(value)?,
        "server_name" => config.server_name = text(value)?,
        "debug" => config.debug = value.is_truthy()?,
        "reuse_port" => config.reuse_port = value.is_truthy()?,
        "unix_socket_mode" => config.unix_socket_mode = value.extract()?,
        _ => {}
    }
    Ok(())
}

fn seconds(value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    Duration::try_from_secs_f64(value.extract()?)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

fn half_close(value: &Bound<'_, PyAny>) -> PyResult<HalfClose> {
    let text: String = value.extract()?;
    text.parse().map_err(|error: InvalidHalfClose| PyValueError::new_err(error.to_string()))
}

fn proxies(value: &Bound<'_, PyAny>) -> PyResult<TrustedProxies> {
    let list = match value.extract::<String>() {
        Ok(text) => vec![text],
        Err(_) => value.extract::<Vec<String>>()?,
    };
    TrustedProxies::parse(list.iter().flat_map(|text| text.split(',').map(str::trim)))
        .map_err(|error| PyValueError::new_err(error.reason))
}

fn text(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(bytes) = value.extract::<&[u8]>() {
        return Ok(String::from_utf8_lossy(bytes).into_owned());
    }
    value.extract()
}
