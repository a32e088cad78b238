"""Handlers for programs that watch the server: metrics, health, readiness."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._tremolo import Request, Response
    from .application import Tremolo


async def metrics(app: Tremolo, request: Request, response: Response) -> str:
    """The numbers of all workers for Prometheus: in its text format 0.0.4, or in OpenMetrics 1.0.0
    for clients whose `Accept` names it.

    >>> app.add_route(tremolo.metrics, "/metrics")

    The names begin with `tremolo_`: `tremolo_http_requests_total{class="2xx"}`,
    `tremolo_connections_open` and others. They are as public as the path: a middleware can refuse
    clients that must not read them.
    """
    content_type, report = app._numbers().report(request)
    response.set_content_type(content_type)
    _forbid_caching(response)
    return report


async def health(response: Response) -> str:
    """Answers 200 as long as the worker serves: the process is alive."""
    return _answer(response, 200, "alive\n")


async def readiness(app: Tremolo, response: Response) -> str:
    """Answers 200 if new requests should come here, and else 503: before the hooks of the start
    have run, and while the server shuts down."""
    return (
        _answer(response, 200, "ready\n") if app.is_ready else _answer(response, 503, "not ready\n")
    )


def _answer(response: Response, status: int, text: str) -> str:
    response.set_status(status)
    response.set_content_type("text/plain")
    _forbid_caching(response)
    return text


def _forbid_caching(response: Response) -> None:
    response.set_header("Cache-Control", "no-store")
