//! The options of a route: what they change in each of its exchanges.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::{Error, Exchange, Now};

/// Read once per route, from the options and from the defaults of the handler's parameters.
#[derive(Debug)]
pub(super) struct RouteOptions {
    /// The initial value of `request.ctx.options`.
    pub(super) options: Py<PyDict>,
    status: Option<(u16, Option<Vec<u8>>)>,
    content_type: Option<Vec<u8>>,
    chunked: Option<bool>,
    compress: Option<bool>,
    stream: bool,
    client_max_body_size: Option<u64>,
    app_handler_timeout: Option<Duration>,
    rate: Option<u64>,
    buffer_size: Option<usize>,
}

impl RouteOptions {
    /// Reads an instance of `tremolo._handlers.Handler`.
    pub(super) fn new(handler: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self {
            options: handler.getattr("options")?.cast_into::<PyDict>()?.unbind(),
            status: handler.getattr("status")?.extract()?,
            content_type: handler.getattr("content_type")?.extract()?,
            chunked: handler.getattr("chunked")?.extract()?,
            compress: handler.getattr("compress")?.extract()?,
            stream: handler.getattr("stream")?.extract()?,
            client_max_body_size: handler.getattr("client_max_body_size")?.extract()?,
            app_handler_timeout: seconds(&handler.getattr("app_handler_timeout")?)?,
            rate: handler.getattr("rate")?.extract()?,
            buffer_size: handler.getattr("buffer_size")?.extract()?,
        })
    }

    /// Whether `apply` has anything to do.
    pub(super) fn change_response(&self) -> bool {
        let head = self.status.is_some() || self.content_type.is_some() || self.chunked.is_some();
        let pieces = !self.stream || self.rate.is_some() || self.buffer_size.is_some();
        head || pieces || self.compress.is_some()
    }

    /// Sets the limits of the request body and of the handler's time.
    pub(super) fn limit(&self, exchange: &mut Exchange<'_>, now: &Now) {
        if self.app_handler_timeout.is_some() {
            exchange.options().set_handler_timeout(now, self.app_handler_timeout);
        }
        if let Some(bytes) = self.client_max_body_size {
            exchange.body().set_limit(bytes);
        }
    }

    /// Sets the options of the response.
    pub(super) fn apply(&self, exchange: &mut Exchange<'_>) -> Result<(), Error> {
        if let Some(rate) = self.rate {
            exchange.options().set_rate(rate)?;
        }
        if let Some(size) = self.buffer_size {
            exchange.options().set_buffer_size(size)?;
        }
        if let Some(compress) = self.compress {
            exchange.options().set_compression(compress)?;
        }
        exchange.options().set_streaming(self.stream)?;
        let head = exchange.response_mut()?;
        match &self.status {
            Some((code, Some(reason))) => head.set_status_with_reason(*code, reason)?,
            Some((code, None)) => head.set_status(*code)?,
            None => {}
        }
        if let Some(content_type) = &self.content_type {
            head.set_content_type(content_type)?;
        }
        if let Some(chunked) = self.chunked {
            head.set_chunked(chunked);
        }
        Ok(())
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.options)
    }
}

/// A time that was checked at registration.
fn seconds(value: &Bound<'_, PyAny>) -> PyResult<Option<Duration>> {
    let seconds: Option<f64> = value.extract()?;
    let time = seconds.map(Duration::try_from_secs_f64).transpose();
    time.map_err(|error| PyValueError::new_err(format!("app_handler_timeout: {error}")))
}
