//! The options of a route: what they change in each of its exchanges.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::RouteSetting::{
    BodyLimit, BufferSize, Chunked, Compression, ContentType, HandlerTimeout, Rate, Status,
    Streaming,
};
use tremolo_core::{Error, Exchange, Now, RouteSetting};

/// Read once per route, from the options and from the defaults of the handler's parameters.
#[derive(Debug)]
pub(super) struct RouteOptions {
    /// The initial value of `request.ctx.options`.
    pub(super) options: Py<PyDict>,
    /// What is set in each exchange; of the request first.
    settings: Vec<RouteSetting>,
}

impl RouteOptions {
    /// Reads an instance of `tremolo._handlers.Handler`.
    pub(super) fn new(handler: &Bound<'_, PyAny>) -> PyResult<Self> {
        let status: Option<(u16, Option<Vec<u8>>)> = handler.getattr("status")?.extract()?;
        let content_type: Option<Vec<u8>> = handler.getattr("content_type")?.extract()?;
        let streams: bool = handler.getattr("stream")?.extract()?;
        let settings = [
            handler.getattr("client_max_body_size")?.extract::<Option<_>>()?.map(BodyLimit),
            seconds(&handler.getattr("app_handler_timeout")?)?.map(HandlerTimeout),
            handler.getattr("rate")?.extract::<Option<_>>()?.map(Rate),
            handler.getattr("buffer_size")?.extract::<Option<_>>()?.map(BufferSize),
            handler.getattr("compress")?.extract::<Option<_>>()?.map(Compression),
            (!streams).then_some(Streaming(false)),
            status.map(|(code, reason)| Status(code, reason.map(Into::into))),
            content_type.map(|value| ContentType(value.into())),
            handler.getattr("chunked")?.extract::<Option<_>>()?.map(Chunked),
        ];
        let options = handler.getattr("options")?.cast_into::<PyDict>()?.unbind();
        Ok(Self { options, settings: settings.into_iter().flatten().collect() })
    }

    /// Applies the settings to an exchange. An invalid one is the error of its handler.
    pub(super) fn apply(&self, exchange: &mut Exchange<'_>, now: &Now) -> Result<(), Error> {
        self.settings.iter().try_for_each(|setting| setting.apply(exchange, now))
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
