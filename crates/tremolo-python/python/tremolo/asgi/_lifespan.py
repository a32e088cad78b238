"""The lifespan of an ASGI application: it starts before the first connection, and stops after the
last one."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from .._logging import escaped_text_of
from .._running import NotStarted

if TYPE_CHECKING:
    from ..lib.contexts import WorkerContext

#: Whether there is a lifespan.
MODES = ("auto", "on", "off")


class Lifespan:
    """The lifespan in one worker: one task, which lives as long as the worker."""

    def __init__(
        self,
        app: Any,
        state: dict[str, Any],
        logger: logging.Logger,
        context: WorkerContext,
    ) -> None:
        self._app = app
        self._logger = logger
        #: Those that a stopping server waits for.
        self._tasks = context.tasks
        self._scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": state,
        }
        self._events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        #: What the application has said last: `startup.complete` and its like.
        self._said = ""
        self._failure: str | None = None
        self._error: BaseException | None = None
        self._started, self._stopped = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self, *, is_needed: bool) -> None:
        """Starts the application. Raises `NotStarted` if it fails, or `is_needed` and it does not
        know the protocol."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._events.put_nowait({"type": "lifespan.startup"})
        try:
            await self._started.wait()
        except asyncio.CancelledError:
            await self._cancel()
            raise
        if self._said == "startup.failed":
            self._logger.error("the lifespan of the application failed: %s", self._failure)
            raise NotStarted("the application has not started")
        if self._said == "startup.complete":
            return
        if is_needed:
            text = "the application does not know the lifespan protocol"
            self._logger.error(text, exc_info=self._error)
            raise NotStarted("the application has not started")
        self._logger.info("no lifespan: %s", self._reason())

    async def stop(self) -> None:
        """Stops the application."""
        try:
            if self._said == "startup.complete" and not self._stopped.is_set():
                self._events.put_nowait({"type": "lifespan.shutdown"})
                await self._stopped.wait()
                if self._said == "shutdown.failed":
                    text = "the shutdown of the application failed: %s"
                    self._logger.error(text, self._failure)
        finally:
            await self._cancel()

    async def _cancel(self) -> None:
        """Cancels the task, and waits for it for a second. The server knows one that goes on."""
        if self._task is None or self._task.done():
            return
        if self._said.startswith("shutdown."):
            # It returns soon, most likely.
            await asyncio.wait([self._task], timeout=CLEAN_UP)
        self._task.cancel()
        await asyncio.wait([self._task], timeout=CLEAN_UP)
        if not self._task.done():
            self._tasks.add(self._task)

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._events.get, self._send)
        except (KeyboardInterrupt, asyncio.CancelledError):
            raise
        except BaseException as error:
            self._error = error
            if self._said in ("startup.complete", "shutdown.complete"):
                self._logger.error("the lifespan of the application failed", exc_info=error)
        finally:
            self._started.set()
            self._stopped.set()

    async def _send(self, message: dict[str, Any]) -> None:
        said = str(message["type"]).removeprefix("lifespan.")
        expected = "shutdown." if self._started.is_set() else "startup."
        if said not in (f"{expected}complete", f"{expected}failed"):
            raise RuntimeError(f"unexpected ASGI message {message['type']} in the lifespan")
        self._said = said
        if said.endswith("failed"):
            self._failure = escaped_text_of(message.get("message", ""))
        (self._stopped if self._started.is_set() else self._started).set()

    def _reason(self) -> str:
        if self._error is None:
            return "the application has returned"
        return f"{type(self._error).__name__}: {escaped_text_of(self._error)}"


#: How many seconds a cancelled lifespan has.
CLEAN_UP = 1.0
