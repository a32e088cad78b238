//! A handler as it was inspected at registration: how to call it, and what goes before it.

use std::sync::Arc;
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyTraverseError, PyVisit};
use tremolo_core::routing::{DecidesMethods, RouteTable};
use tremolo_core::{Connection, Error, Now};
use tremolo_files::Folder;

use super::arguments::Arguments;
use super::folder::StaticFiles;

#[derive(Debug)]
pub(super) struct Route {
    pub(super) function: Py<PyAny>,
    pub(super) kind: Kind,
    pub(super) arguments: Arguments,
    /// What `request.ctx.options` starts with.
    pub(super) options: Py<PyDict>,
    status: Option<(u16, Option<Vec<u8>>)>,
    content_type: Option<Vec<u8>>,
    chunked: Option<bool>,
    stream: bool,
    client_max_body_size: Option<u64>,
    app_handler_timeout: Option<Duration>,
    rate: Option<u64>,
    buffer_size: Option<usize>,
}

/// How a handler runs.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A coroutine that cannot suspend: finished inside the call.
    Inline,
    /// A coroutine that may suspend: in a task from its first step.
    Task,
    /// An asynchronous generator that suspends only to yield: pulled.
    Stream,
    /// No handler: what is in a folder, found without Python.
    Folder(Arc<Folder>),
}

impl DecidesMethods for Route {
    /// A folder answers other methods than GET and HEAD with 405.
    fn decides_methods(&self) -> bool {
        matches!(self.kind, Kind::Folder(_))
    }
}

impl Route {
    /// Reads an instance of `tremolo._handlers.Handler`.
    pub(super) fn new(handler: &Bound<'_, PyAny>) -> PyResult<Self> {
        let function = handler.getattr("function")?;
        Ok(Self {
            kind: match handler.getattr("kind")?.extract()? {
                "inline" => Kind::Inline,
                "stream" => Kind::Stream,
                "folder" => Kind::Folder(function.cast::<StaticFiles>()?.get().open()?),
                _ => Kind::Task,
            },
            function: function.unbind(),
            arguments: Arguments::new(
                handler.getattr("arguments")?.cast::<PyTuple>()?,
                handler.getattr("names")?.extract::<Option<Bound<'_, PyTuple>>>()?,
            )?,
            options: handler.getattr("options")?.cast_into::<PyDict>()?.unbind(),
            status: handler.getattr("status")?.extract()?,
            content_type: handler.getattr("content_type")?.extract()?,
            chunked: handler.getattr("chunked")?.extract()?,
            stream: handler.getattr("stream")?.extract()?,
            client_max_body_size: handler.getattr("client_max_body_size")?.extract()?,
            app_handler_timeout: seconds(&handler.getattr("app_handler_timeout")?)?,
            rate: handler.getattr("rate")?.extract()?,
            buffer_size: handler.getattr("buffer_size")?.extract()?,
        })
    }

    pub(super) fn has_options(&self) -> bool {
        let head = self.status.is_some() || self.content_type.is_some() || self.chunked.is_some();
        head || !self.stream || self.rate.is_some() || self.buffer_size.is_some()
    }

    /// What the options of the route say about the body of the request and the handler's time.
    pub(super) fn limit(&self, connection: &mut Connection, now: &Now) {
        if self.app_handler_timeout.is_some() {
            connection.set_handler_timeout(now, self.app_handler_timeout);
        }
        if let Some(bytes) = self.client_max_body_size {
            connection.set_body_limit(bytes);
        }
    }

    /// What the options of the route say about the response.
    pub(super) fn apply(&self, connection: &mut Connection) -> Result<(), Error> {
        if let Some(rate) = self.rate {
            connection.set_rate(rate)?;
        }
        if let Some(size) = self.buffer_size {
            connection.set_buffer_size(size)?;
        }
        connection.set_streaming(self.stream)?;
        let head = connection.response_mut()?;
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
        visit.call(&self.function)?;
        visit.call(&self.options)?;
        self.arguments.traverse(visit)
    }
}

/// A time that was checked at registration.
fn seconds(value: &Bound<'_, PyAny>) -> PyResult<Option<Duration>> {
    let seconds: Option<f64> = value.extract()?;
    let time = seconds.map(Duration::try_from_secs_f64).transpose();
    time.map_err(|error| PyValueError::new_err(format!("app_handler_timeout: {error}")))
}

/// check_prefix(prefix)
///
/// Says what is wrong with a prefix to mount something at.
#[pyfunction]
pub(super) fn check_prefix(prefix: &str) -> PyResult<()> {
    let added = RouteTable::default().add_prefix(prefix, ());
    added.map_err(|error| PyValueError::new_err(error.to_string()))
}
