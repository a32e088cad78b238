"""The connection of a request, as `request.server` shows it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from .contexts import ConnectionContext, WorkerContext

if TYPE_CHECKING:
    from ..application import Application


class Connection:
    """What all requests of a connection share."""

    def __init__(
        self,
        app: Application,
        loop: asyncio.AbstractEventLoop,
        globals: WorkerContext,  # noqa: A002 - the name is part of the interface
        client: tuple[str, int] | None,
    ) -> None:
        self.app = app
        self.loop = loop
        self.globals = globals
        self.logger: logging.Logger = app.logger
        self.options: dict[str, Any] = globals.options
        self.context = ConnectionContext(client)
        self._closing = False
        self._callbacks: list[Callable[[], object]] = []

    def create_task(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Starts a task that is cancelled when the client goes."""
        task = self.loop.create_task(coroutine)
        if self._closing:
            task.cancel()
        else:
            self.context.tasks.add(task)
            task.add_done_callback(self.context.tasks.discard)
        return task

    def add_close_callback(self, callback: Callable[[], object]) -> None:
        """Has something called when the connection closes."""
        self._callbacks.append(callback)

    def is_closing(self) -> bool:
        """Whether the connection is closed."""
        return self._closing

    def print_exception(self, exc: BaseException, *args: str) -> None:
        """Logs an exception with its traceback."""
        self.logger.error(": ".join((*args, repr(exc))), exc_info=exc)

    def _closed(self) -> None:
        self._closing = True
        for task in list(self.context.tasks):
            task.cancel()
        for callback in self._callbacks:
            try:
                callback()
            except Exception as error:
                self.print_exception(error, "close callback")
        self._callbacks.clear()
