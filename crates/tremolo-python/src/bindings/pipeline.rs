//! Requests that have middleware: their handler is called by a coroutine of `tremolo._pipeline`.

use std::sync::Arc;

use pyo3::prelude::*;
use tremolo_core::http1::request::RequestHead;

use super::callee::Callee;
use super::exchange_id::ExchangeId;
use super::host::Host;
use super::request::{Origin, Request};
use super::routes::{Chain, Target};
use super::tasks;
use crate::reactor::ConnectionId;

/// Serves a request whose scope has middleware.
pub(super) fn serve(
    host: &Bound<'_, Host>,
    id: ConnectionId,
    head: Arc<RequestHead>,
    (target, chain): (Target<'_>, &Chain),
) -> PyResult<()> {
    let py = host.py();
    let exchange = {
        let mut state = host.get().lock();
        let now = state.now();
        let Some(connection) = state.reactor.connection(id) else { return Ok(()) };
        if let Ok(route) = target.route {
            route.options.limit(connection, &now);
        }
        ExchangeId { id, number: connection.exchange() }
    };
    let origin = Origin {
        options: target.route.ok().map(|route| Arc::clone(&route.options)),
        params: target.params,
        gate: chain.gate(py),
    };
    let callee = match target.route {
        Ok(route) => Callee::new(Arc::clone(route), target.rest),
        Err(refusal) => Callee::nothing(refusal),
    };
    let request = Request::create(host, exchange, head, origin)?;
    let pipeline = host.get().hooks.pipeline.bind(py);
    let coroutine = pipeline.call1((&request, &chain.on_request, callee))?;
    tasks::start(host, exchange, Some(request), &coroutine)
}
