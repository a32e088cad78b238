"""An RSGI application as a part of an `Application`: an ASGI application around it."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ..asgi import ASGI
from ._http import HTTPProtocol
from ._scope import Scope
from ._websocket import WebsocketProtocol

if TYPE_CHECKING:
    from ..asgi import Receive, Send
    from ..lib.contexts import WorkerContext

RSGIApplication = Callable[[Scope, Any], Awaitable[object]]


class RSGI(ASGI):
    """An RSGI application to be mounted: `Application.mount("/old", RSGI(old))`.

    It is a coroutine function of `scope` and `protocol`, or an object with such a method
    `__rsgi__`. Its functions `__rsgi_init__` and `__rsgi_del__` are called with the loop when a
    worker starts and stops. The loop runs already: they may be coroutine functions, and cannot
    call `loop.run_until_complete`. `timeout` is that of `ASGI`.
    """

    def __init__(self, app: Any, *, timeout: float | None = None) -> None:
        call: Any = getattr(app, "__rsgi__", app)
        if not callable(call):
            raise TypeError(f"an RSGI application is callable, or has __rsgi__, and {app!r} is not")
        super().__init__(_Adapter(call), lifespan="off", timeout=timeout)
        self.rsgi = app

    def __repr__(self) -> str:
        return f"RSGI({self.rsgi!r})"

    async def _start(self, context: WorkerContext, logger: logging.Logger) -> None:
        """The hook of a worker that starts."""
        await self._run_hook("__rsgi_init__")

    async def _stop(self) -> None:
        """The hook of a worker that stops."""
        await self._run_hook("__rsgi_del__")

    async def _run_hook(self, name: str) -> None:
        hook = getattr(self.rsgi, name, None)
        if hook is not None:
            result = hook(asyncio.get_running_loop())
            if inspect.isawaitable(result):
                await result


class _Adapter:
    """The ASGI application."""

    def __init__(self, app: RSGIApplication) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        kind = HTTPProtocol if scope["type"] == "http" else WebsocketProtocol
        protocol = kind(receive, send)
        await self._app(Scope(scope), protocol)
        await protocol._finish()
