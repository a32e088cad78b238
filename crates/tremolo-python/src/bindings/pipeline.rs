//! Requests that have middleware: their handler is called by a coroutine of `tremolo._pipeline`.

use std::sync::Arc;

use pyo3::prelude::*;
use tremolo_core::PeerError;
use tremolo_core::http1::request::RequestHead;

use super::callee::Callee;
use super::exchange_id::ExchangeId;
use super::finish::{finish_malformed, send_builtin_page};
use super::host::Host;
use super::request::{Origin, Request};
use super::routes::{Chain, Routes, Target};
use super::tasks;
use crate::reactor::ConnectionId;

/// Responds to a malformed request. `on_response` and the pages of the application get a request
/// without a head.
pub(super) fn refuse(
    host: &Bound<'_, Host>,
    routes: &Routes,
    exchange: ExchangeId,
    fault: PeerError,
) -> PyResult<()> {
    if !routes.answer_faults() {
        return send_builtin_page(host, exchange, (fault.status().as_u16(), &fault.to_string()));
    }
    let gate = routes.root().and_then(|chain| chain.gate(host.py()));
    let origin = Origin { gate, is_malformed: true, ..Origin::default() };
    let request = Request::create(host, exchange, Arc::default(), origin)?;
    tasks::follow_up(host, exchange, finish_malformed(host, request, fault))
}

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
        is_malformed: false,
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
