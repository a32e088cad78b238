"""A server that serves: from its first turn to the last clean-up of its handlers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ._files import Disk
from ._tremolo import Server
from ._tremolo import __version__ as version


class Service:
    """One server in one loop. Whatever ends it, nothing of it goes on afterwards."""

    def __init__(
        self, logger: logging.Logger, tasks: set[asyncio.Task[Any]], options: Mapping[str, Any]
    ) -> None:
        self._logger = logger
        self._tasks = tasks
        self._options = options
        size = options.get("thread_pool_size", 5)
        if not isinstance(size, int) or size < 1:
            raise ValueError(f"thread_pool_size: at least 1, not {size!r}")
        self._busy: list[threading.Thread] = []
        self._pools: list[ThreadPoolExecutor] = []
        #: Where plain handlers run.
        self.threads = self._pool(size, "tremolo")
        #: Where files are opened that must be waited for.
        self.disk = Disk(self._pool(DISK_THREADS, "tremolo-disk"), self.threads)
        self._listening: list[str] = []
        self._stop, self._stop_now = asyncio.Event(), asyncio.Event()
        self._serving: asyncio.Task[Any] | None = None

    def _pool(self, size: int, name: str) -> ThreadPoolExecutor:
        """Threads that start when they are needed, and are not lost sight of."""
        note = lambda: self._busy.append(threading.current_thread())  # noqa: E731
        self._pools.append(ThreadPoolExecutor(size, name, note))
        return self._pools[-1]

    def listen(self, server: Server, listeners: Mapping[str, Mapping[str, Any]]) -> None:
        """Listens on addresses, each with options of its own; all of them, or none."""
        self._server = server
        # The server has refused what is no number.
        self._patience = float(self._options.get("shutdown_timeout", 30))
        try:
            for address, own in listeners.items():
                options = {**self._options, **own} if own else None
                self._listening.append(server.listen(address, options))
        except BaseException:
            server.abort()
            raise

    async def serve(self, *, owns_process: bool) -> None:
        """Serves until a signal or a cancellation, and then until everybody is done.

        Who cannot be made to end keeps no process from ending that is the server's own.
        """
        loop, server = asyncio.get_running_loop(), self._server
        self._serving = asyncio.current_task()
        loop.add_reader(server.fileno(), server.turn)
        with _signals(loop, self._on_signal):
            server.turn()
            try:
                self._announce()
                await self._stop.wait()
                server.drain()
                await _until(self._is_done, self._stop_now, self._patience)
            finally:
                await self._clean_up()
                loop.remove_reader(server.fileno())
                if owns_process and self._is_anybody_left():
                    self._leave()

    async def end(self) -> None:
        """Ends what `serve` still does after something has broken through the loop."""
        self._stop.set()
        self._stop_now.set()
        if self._serving is not None:
            await asyncio.wait([self._serving])

    def _on_signal(self) -> None:
        (self._stop_now if self._stop.is_set() else self._stop).set()

    def _announce(self) -> None:
        # Nobody may be there to read it, and that keeps nobody from being served.
        with contextlib.suppress(OSError):
            where = ", ".join(self._listening)
            print(f"Tremolo {version} listens on {where} (1 worker)", flush=True)

    def _is_done(self) -> bool:
        return self._server.is_drained() and not self._tasks

    async def _clean_up(self) -> None:
        """Ends who still runs. They have a moment for their clean-up."""
        self._server.abort()
        for task in list(self._tasks):
            task.cancel()
        never = asyncio.Event()
        await _until(self._is_done, never, CLEAN_UP)
        for pool in self._pools:
            pool.shutdown(wait=False, cancel_futures=True)
        await _until(lambda: not self._is_a_thread_busy(), never, CLEAN_UP)

    def _is_a_thread_busy(self) -> bool:
        return any(thread.is_alive() for thread in self._busy)

    def _is_anybody_left(self) -> bool:
        return not self._is_done() or self._is_a_thread_busy()

    def _leave(self) -> None:
        """Ends the process. The interpreter would wait for who does not end, for ever."""
        self._logger.error("handlers that do not end are left behind")
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(1)


class _signals:  # noqa: N801 - used like a function
    """SIGINT and SIGTERM go to a callback."""

    def __init__(self, loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
        self._loop = loop
        self._callback = callback
        self._set: list[signal.Signals] = []

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self._loop.add_signal_handler(number, self._callback)
            except (RuntimeError, ValueError, NotImplementedError):
                # Not in the main thread: then somebody else has the signals.
                return
            self._set.append(number)

    def __exit__(self, *_: object) -> None:
        for number in self._set:
            self._loop.remove_signal_handler(number)


async def _until(condition: Callable[[], bool], stop: asyncio.Event, patience: float) -> None:
    """Waits for a condition, or for a reason to wait no longer."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while not condition() and not stop.is_set() and loop.time() < end:
        try:
            await asyncio.wait_for(stop.wait(), LOOK_AGAIN)
        except TimeoutError:
            continue


#: Enough to keep a disk busy.
DISK_THREADS = 4

#: How often a server that stops looks whether it is done, in seconds.
LOOK_AGAIN = 0.02

#: What cancelled handlers have for their clean-up, in seconds.
CLEAN_UP = 1.0
