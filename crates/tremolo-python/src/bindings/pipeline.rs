//! Requests that have middleware: their handler is called by a coroutine of `tremolo._pipeline`.

use std::sync::Arc;

use pyo3::prelude::*;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::{Connection, PeerError};

use super::callee::Callee;
use super::exchange_id::ExchangeId;
use super::finish::{finish_malformed, send_fault_page};
use super::host::Host;
use super::request::{Origin, Request};
use super::routes::{Chain, Routes, Target};
use super::{errors, tasks};
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
        return send_fault_page(host, exchange, fault);
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
    let (exchange, limited) = {
        let mut state = host.get().lock();
        let now = state.now();
        let current = state.reactor.connection(id).and_then(Connection::current);
        let Some(mut current) = current else { return Ok(()) };
        let limited = target.route.map_or(Ok(()), |route| route.options.limit(&mut current, &now));
        (ExchangeId { id, number: current.peek().id() }, limited)
    };
    if let Err(error) = limited {
        return tasks::finish(host, exchange, None, Err(errors::raise(py, error)));
    }
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
