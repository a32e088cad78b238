"""The hooks of an application: they run when a worker or a connection begins or ends."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ._arguments import named
from ._logging import error_logger, escaped_text_of
from ._waiting import Start, starter

if TYPE_CHECKING:
    import logging

    from ._registry import Registry
    from .lib.connection import Connection
    from .lib.contexts import WorkerContext


class Hooks:
    """The hooks of one worker."""

    def __init__(
        self, app: Registry, loop: asyncio.AbstractEventLoop, logger: logging.Logger
    ) -> None:
        self._app = app
        self._loop = loop
        self._logger, self._given = error_logger(logger), logger
        self._start: Start = starter(loop)
        self._worker_start = app._hooks("worker_start")
        self._worker_stop = app._hooks("worker_stop")
        self._connect = app._hooks("connect")
        self._close = app._hooks("close")
        self._outside = app._rsgi_applications()

    def before_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Runs what has to run before the loop."""
        for app in self._outside:
            app._begin(loop)

    def after_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Runs what has to run after the loop."""
        for app in reversed(self._outside):
            try:
                app._end(loop)
            except Exception as error:
                self._report(error)

    def watch_connections(self) -> bool:
        """Whether connections have any."""
        return bool(self._connect or self._close)

    async def worker_start(self, context: WorkerContext) -> None:
        """Runs the hooks of a worker that starts; raises what one of them raises."""
        await _run(self._worker_start, self._of_worker(context))

    async def worker_stop(self, context: WorkerContext, limit: float) -> None:
        """Runs the hooks of a worker that stops, all together for `limit` seconds."""
        try:
            async with asyncio.timeout(limit):
                await self._run_all(self._worker_stop, self._of_worker(context))
        except TimeoutError:
            self._logger.error("on_worker_stop took too long")

    def opened(self, connection: Connection) -> None:
        """Runs the hooks of a new connection, which is served when they have run."""
        if self._close:
            connection._on_closed = self._closed
        if not self._connect:
            connection._release()
            return
        connection._opening = self._keep(self._run_connect(connection), connection)

    def _closed(self, connection: Connection) -> None:
        self._keep(self._run_close(connection), connection)

    def _keep(self, coroutine: Any, connection: Connection) -> asyncio.Task[Any]:
        """Runs a coroutine to its end. A worker that stops waits for it."""
        task = self._start(coroutine)
        if not task.done():
            connection.app.add_task(task)
        return task

    async def _run_connect(self, connection: Connection) -> None:
        limit = connection.options["app_handler_timeout"]
        try:
            async with asyncio.timeout(limit):
                await _run(self._connect, self._of_connection(connection))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._logger.error("on_connect: %s", escaped_text_of(error), exc_info=error)
            connection._refuse()
        finally:
            connection._release()

    async def _run_close(self, connection: Connection) -> None:
        limit = connection.options["app_close_timeout"]
        if connection._opening is not None:
            await asyncio.wait([connection._opening])
        try:
            async with asyncio.timeout(limit):
                await self._run_all(self._close, self._of_connection(connection))
        except TimeoutError:
            self._logger.error("on_close took too long")

    async def _run_all(
        self, hooks: Sequence[Callable[..., Any]], arguments: dict[str, Any]
    ) -> None:
        """An exception of one hook does not keep the others from running."""
        for hook in hooks:
            try:
                if await _run([hook], arguments):
                    return
            except (KeyboardInterrupt, asyncio.CancelledError):
                raise
            except BaseException as error:
                self._report(error)

    def _report(self, error: BaseException) -> None:
        self._logger.error("a hook failed: %s", escaped_text_of(error), exc_info=error)

    def _of_worker(self, context: WorkerContext) -> dict[str, Any]:
        of_all = {
            "app": self._app,
            "globals": context,
            "loop": self._loop,
            "logger": self._given,
        }
        return {**of_all, "context": context}

    def _of_connection(self, connection: Connection) -> dict[str, Any]:
        of_worker = self._of_worker(connection.globals)
        return {**of_worker, "context": connection.context, "lock": connection.lock}


async def _run(hooks: Sequence[Callable[..., Any]], arguments: dict[str, Any]) -> bool:
    """Runs hooks until one returns a true value. Plain functions run in the loop."""
    for hook in hooks:
        result = hook(**named(hook, arguments))
        if inspect.isawaitable(result):
            result = await result
        if result:
            return True
    return False
