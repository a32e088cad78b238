"""Tests without a port: clients that drive an application through the real server, in this process.

>>> from tremolo import Application
>>> from tremolo.testing import TestClient
>>> app = Application()
>>> @app.route("/notes")
... async def notes(request):
...     return await request.body()
>>> with TestClient(app) as client:
...     response = client.post("/notes", json={"text": "milk"})
...     assert response.status_code == 200
...     assert response.json() == {"text": "milk"}

The server has hooks, limits, error pages and bytes on the wire like any other; an exception in a
handler is answered with 500 and is in the log. It listens on a Unix socket in a folder of its own.
The application may be an `Application`, or one of ASGI or WSGI.

In an asynchronous test `TremoloTransport` is a transport for `httpx.AsyncClient`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._client import TestClient
from ._events import Event, EventStream
from ._response import Response
from ._websocket import WebSocketClosed, WebSocketRefused, WebSocketSession

if TYPE_CHECKING:
    from ._transport import TremoloTransport

__all__ = [
    "Event",
    "EventStream",
    "Response",
    "TestClient",
    "TremoloTransport",
    "WebSocketClosed",
    "WebSocketRefused",
    "WebSocketSession",
]


def __getattr__(name: str) -> Any:
    """Imports what needs `httpx`, when it is used."""
    if name != "TremoloTransport":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from ._transport import TremoloTransport
    except ModuleNotFoundError as error:
        if error.name not in ("httpx", "httpcore"):
            raise
        raise ImportError("TremoloTransport needs httpx: pip install httpx") from None
    return TremoloTransport
