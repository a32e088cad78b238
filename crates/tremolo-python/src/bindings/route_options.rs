//! The options of a route: what they change in each of its exchanges.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::RouteSetting::{
    BodyLimit, BufferSize, Chunked, Compression, ContentType, Decompression, HandlerTimeout, Rate,
    Status, Streaming,
};
use tremolo_core::{Error, Exchange, Now, RouteSetting};

/// Read once per route, from the options and from the defaults of the handler's parameters.
#[derive(Debug)]
pub(super) struct RouteOptions {
    /// The initial value of `request.ctx.options`.
    pub(super) options: Py<PyDict>,
    /// The limits of the request.
    limits: Vec<RouteSetting>,
    /// What is set for the response.
    response: Vec<RouteSetting>,
}

impl RouteOptions {
    /// Reads an instance of `tremolo._handlers.Handler`.
    pub(super) fn new(handler: &Bound<'_, PyAny>) -> PyResult<Self> {
        let status: Option<(u16, Option<Vec<u8>>)> = handler.getattr("status")?.extract()?;
        let content_type: Option<Vec<u8>> = handler.getattr("content_type")?.extract()?;
        let streams: bool = handler.getattr("stream")?.extract()?;
        let limits = [
            handler.getattr("client_max_body_size")?.extract::<Option<_>>()?.map(BodyLimit),
            handler.getattr("decompress")?.extract::<Option<_>>()?.map(Decompression),
            seconds(&handler.getattr("app_handler_timeout")?)?.map(HandlerTimeout),
        ];
        let response = [
            handler.getattr("rate")?.extract::<Option<_>>()?.map(Rate),
            handler.getattr("buffer_size")?.extract::<Option<_>>()?.map(BufferSize),
            handler.getattr("compress")?.extract::<Option<_>>()?.map(Compression),
            (!streams).then_some(Streaming(false)),
            status.map(|(code, reason)| Status(code, reason.map(Into::into))),
            content_type.map(|value| ContentType(value.into())),
            handler.getattr("chunked")?.extract::<Option<_>>()?.map(Chunked),
        ];
        let options = handler.getattr("options")?.cast_into::<PyDict>()?.unbind();
        let limits = limits.into_iter().flatten().collect();
        Ok(Self { options, limits, response: response.into_iter().flatten().collect() })
    }

    /// Applies all settings to an exchange. An invalid one is the error of its handler.
    pub(super) fn apply(&self, exchange: &mut Exchange<'_>, now: &Now) -> Result<(), Error> {
        self.limit(exchange, now)?;
        self.set_response(exchange, now)
    }

    /// Applies the limits of the request, which hold for middleware too.
    pub(super) fn limit(&self, exchange: &mut Exchange<'_>, now: &Now) -> Result<(), Error> {
        self.limits.iter().try_for_each(|setting| setting.apply(exchange, now))
    }

    /// Whether the response has settings.
    pub(super) fn change_response(&self) -> bool {
        !self.response.is_empty()
    }

    /// Applies the settings of the response.
    pub(super) fn set_response(&self, exchange: &mut Exchange<'_>, now: &Now) -> Result<(), Error> {
        self.response.iter().try_for_each(|setting| setting.apply(exchange, now))
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
