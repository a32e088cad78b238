"""The connection of a request, as `request.server` shows it."""

from __future__ import annotations

import asyncio
import logging
import socket
from asyncio.trsock import TransportSocket
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from .. import _pipeline
from .._logging import repr_of
from .._tremolo import escape_controls
from .contexts import ConnectionContext

if TYPE_CHECKING:
    from .._interfaces import Worker
    from .._tremolo import Handle


class Transport:
    """The transport of a connection, for its addresses and its end: the engine reads and writes."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._socket: socket.socket | None = None

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """The `socket`, its `peername` or `sockname`; of everything else the default."""
        if name not in ("socket", "peername", "sockname"):
            return default
        sock = self._open()
        if sock is None:
            return default
        if name == "socket":
            return TransportSocket(sock)
        try:
            return sock.getpeername() if name == "peername" else sock.getsockname()
        except OSError:
            return default

    def is_closing(self) -> bool:
        """Whether the connection ends, or has ended."""
        return self._handle.is_closing()

    def close(self) -> None:
        """Sends what is queued, then closes."""
        self._handle.close()

    def abort(self) -> None:
        """Closes at once; what is queued is lost."""
        self._handle.abort()

    def _open(self) -> socket.socket | None:
        """The socket with a duplicated descriptor: closing it does not close that of the engine."""
        if self._socket is None:
            descriptor = self._handle.duplicate()
            if descriptor is not None:
                self._socket = socket.socket(fileno=descriptor)
        return self._socket

    def _closed(self) -> None:
        if self._socket is not None:
            self._socket.close()


class Connection:
    """The state that all requests of a connection share."""

    def __init__(self, worker: Worker, client: tuple[str, int] | None, handle: Handle) -> None:
        self.app, self.loop, self.globals, self.lock = worker
        self.logger: logging.Logger = self.app.logger
        self.options: dict[str, Any] = self.globals.options
        #: The descriptor of the socket; -1 after it was closed.
        self.fileno = handle.fileno()
        self._transport = Transport(handle)
        self.context = ConnectionContext(client, self._transport)
        self._handle = handle
        self._closing = False
        #: The task that runs the hooks of a new connection.
        self._opening: asyncio.Task[Any] | None = None
        #: Runs the hooks of the application when the connection has ended.
        self._on_closed: Callable[[Connection], None] | None = None
        self._callbacks: list[Callable[[], object]] = []
        self.globals.connections.add(self)

    @property
    def transport(self) -> Transport | None:
        """The transport; `None` when the connection is gone."""
        return None if self._closing else self._transport

    @property
    def is_draining(self) -> bool:
        """Whether the server shuts down."""
        return self.globals.is_draining

    async def draining(self) -> None:
        """Waits until the server shuts down."""
        await self.globals.draining()

    def close(self, exc: BaseException | None = None) -> None:
        """Sends what is queued, then closes. An exception is logged."""
        if exc is not None:
            self.print_exception(exc, "close")
        self._transport.close()

    async def run_middlewares(self, name: str, reverse: bool = False) -> bool | None:
        """Runs the middleware of the current request for `request` or `response`, in its own
        order whatever `reverse` is; `True` if it has answered.

        That for `response` runs once, before the head of the response.
        """
        if name not in ("request", "response"):
            raise KeyError(name)
        return await _pipeline.run_again(name)

    def create_task(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Starts a task that is cancelled when the connection closes."""
        task = self.loop.create_task(coroutine)
        if self._closing:
            task.cancel()
        else:
            self.context.tasks.add(task)
            task.add_done_callback(self.context.tasks.discard)
        return task

    def add_close_callback(self, callback: Callable[[], object]) -> None:
        """Adds a function that is called when the connection closes.

        A handler with such a function continues after its client has left, for at most
        `app_close_timeout`.
        """
        self._callbacks.append(callback)

    def _release(self) -> None:
        """Lets a new connection be served."""
        self._handle.release()

    def _refuse(self) -> None:
        """Closes a new connection without a response."""
        self._handle.abort()

    def _is_watched(self) -> bool:
        return bool(self._callbacks)

    def is_closing(self) -> bool:
        """Whether the connection ends, or has ended."""
        return self._closing or self._transport.is_closing()

    def print_exception(self, exc: BaseException, *args: str) -> None:
        """Logs an exception with its traceback."""
        self.logger.error("%s", ": ".join((*args, escape_controls(repr_of(exc)))), exc_info=exc)

    def _closed(self) -> None:
        self._closing = True
        self.fileno = -1
        self.globals.connections.discard(self)
        self.context["transport"] = None
        self._transport._closed()
        for task in list(self.context.tasks):
            task.cancel()
        for callback in self._callbacks:
            try:
                callback()
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                # `sys.exit()` in a callback must not end the server.
                self.print_exception(error, "close callback")
        self._callbacks.clear()
        if self._on_closed is not None:
            self._on_closed(self)
