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
    `__rsgi__`. Its functions `__rsgi_init__` and `__rsgi_del__` are called with the loop before and
    after that runs, so that they can call `loop.run_until_complete`; in `Application.serve`, whose
    loop runs already, when the worker starts and stops. What they return is awaited if it can be.
    `timeout` is that of `ASGI`.
    """

    def __init__(self, app: Any, *, timeout: float | None = None) -> None:
        call: Any = getattr(app, "__rsgi__", app)
        if not callable(call):
            raise TypeError(f"an RSGI application is callable, or has __rsgi__, and {app!r} is not")
        super().__init__(_Adapter(call), lifespan="off", timeout=timeout)
        self.rsgi = app
        #: Whether the functions are called outside of the loop.
        self._is_outside = False
        self._failure: Exception | None = None

    def __repr__(self) -> str:
        return f"RSGI({self.rsgi!r})"

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Before the loop runs. The hook of the worker raises what fails here."""
        self._is_outside = True
        try:
            self._call_outside("__rsgi_init__", loop)
        except Exception as error:
            self._failure = error

    def _end(self, loop: asyncio.AbstractEventLoop) -> None:
        """After the loop has run."""
        if self._failure is None:
            self._call_outside("__rsgi_del__", loop)

    async def _start(self, context: WorkerContext, logger: logging.Logger) -> None:
        """The hook of a worker that starts."""
        if self._failure is not None:
            raise self._failure
        if not self._is_outside:
            await self._call_inside("__rsgi_init__")

    async def _stop(self) -> None:
        """The hook of a worker that stops."""
        if not self._is_outside:
            await self._call_inside("__rsgi_del__")

    def _call_outside(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        result = self._call(name, loop)
        if inspect.isawaitable(result):
            loop.run_until_complete(result)

    async def _call_inside(self, name: str) -> None:
        result = self._call(name, asyncio.get_running_loop())
        if inspect.isawaitable(result):
            await result

    def _call(self, name: str, loop: asyncio.AbstractEventLoop) -> object:
        function = getattr(self.rsgi, name, None)
        return None if function is None else function(loop)


class _Adapter:
    """The ASGI application."""

    def __init__(self, app: RSGIApplication) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        kind = HTTPProtocol if scope["type"] == "http" else WebsocketProtocol
        protocol = kind(receive, send)
        await self._app(Scope(scope), protocol)
        await protocol._finish()
