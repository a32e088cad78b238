"""The life of a server: from its first turn to the last clean-up of its handlers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from . import _handover, _listening
from ._executor import Executor
from ._files import Disk
from ._lock import Locks, Shared
from ._running import SIGNALS, announce
from ._stats import Board, Numbers
from ._tremolo import Server, note_fork

if TYPE_CHECKING:
    from ._hooks import Hooks
    from .lib.contexts import WorkerContext

# A child process must not go on with the loop of its parent.
os.register_at_fork(after_in_child=note_fork)

#: Where to listen, with the options of each listener.
Listeners = Sequence[tuple[str | int, Mapping[str, Any]]]


class Service:
    """One server in one loop. After `serve` has returned, none of its handlers runs."""

    def __init__(
        self,
        logger: logging.Logger,
        context: WorkerContext,
        options: dict[str, Any],
        hooks: Hooks,
        shared: Shared | None = None,
    ) -> None:
        self._logger = logger
        self._context = context
        self._tasks = context.tasks
        self._options = options
        self._hooks = hooks
        size = options.get("thread_pool_size", 5)
        #: The threads of plain handlers, which start with the first job.
        self.threads = Executor(size, asyncio.get_running_loop())
        self.locks = Locks(size, shared)
        self._disk_threads: list[threading.Thread] = []
        self._disk_pool = ThreadPoolExecutor(
            DISK_THREADS,
            "tremolo-disk",
            lambda: self._disk_threads.append(threading.current_thread()),
        )
        #: The threads for operations that wait for a disk.
        self.disk = Disk(self._disk_pool, self.threads)
        context._begin(options, self.threads)
        self._addresses: list[str] = []
        self._listening: list[str] = []
        #: The first one is what handlers wait for.
        self._stop, self._stop_now = context._draining, asyncio.Event()
        #: The requests that were cancelled at the end.
        self.unfinished = 0
        self._serving: asyncio.Task[Any] | None = None
        #: Writes the lines of the access log.
        self._flush: asyncio.TimerHandle | None = None
        #: Whether the hooks of the start have run.
        self._has_started = False

    def listen(self, server: Server, listeners: Listeners, board: Board | None = None) -> None:
        """Listens on addresses, each with options of its own; all of them, or none. The number of
        a descriptor stands for a socket that listens already. `board` has the numbers of all
        workers."""
        self._server = server
        self.numbers = Numbers(server, board)
        self.threads.on_wait = server.note_wait
        # The server has checked that it is a number.
        self._shutdown_timeout = float(self._options.get("shutdown_timeout", 30))
        try:
            for address, own in listeners:
                options = {**self._options, **own} if own else None
                self._listening.append(server.listen(address, options))
                self._addresses.append(str(address))
        except BaseException:
            server.abort()
            raise
        name = self._options["server_name"]
        self._context.info.update(
            server=_listening.host_and_port(self._listening[0]) if self._listening else None,
            server_name=name.encode("latin-1") if isinstance(name, str) else name,
        )

    async def serve(
        self,
        *,
        owns_process: bool,
        hands_over: bool = False,
        ready: Callable[[list[str]], object] = announce,
        signals: Iterable[signal.Signals] = SIGNALS,
    ) -> None:
        """Serves until a signal or a cancellation, and then until all handlers are done.

        With `owns_process` the process exits even if a handler cannot be stopped, and SIGHUP reads
        certificates again. With `hands_over` SIGUSR2 starts the next process, which takes over.
        `ready` is called with the addresses when they are served.
        """
        loop, server = asyncio.get_running_loop(), self._server
        reloads = (signal.SIGHUP,) if owns_process else ()
        self._serving = asyncio.current_task()
        rotated = (signal.SIGUSR1,) if owns_process or self._has_access_file() else ()
        with contextlib.ExitStack() as stack:
            stack.enter_context(_signals(loop, signals, self.stop))
            stack.enter_context(_signals(loop, reloads, self.reload))
            stack.enter_context(_signals(loop, rotated, server.reopen_access_log))
            if hands_over:
                timeout = float(self._options.get("start_timeout", 0))
                successor = _handover.Successor(self._sockets, self._logger, timeout)
                stack.enter_context(_handover.hands_over(loop, successor, self._taken_over))
            try:
                if await self._starts():
                    self.numbers.start()
                    self._flush_access_log()
                    loop.add_reader(server.fileno(), server.turn)
                    # Before it accepts: a process that is not ready has no connections.
                    ready(self._listening)
                    server.turn()
                    await self._stop.wait()
                    server.drain()
                    await _until(self._is_done, self._stop_now, self._shutdown_timeout)
                    self._count_unfinished()
            finally:
                await self._clean_up()
                self.numbers.stop()
                self._end_access_log()
                loop.remove_reader(server.fileno())
                if owns_process and self._is_busy():
                    self._exit()

    @contextlib.contextmanager
    def around_loop(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """Runs the hooks that precede and follow a loop, in which `serve` runs then."""
        self._hooks.before_loop(loop)
        try:
            yield
        finally:
            self._hooks.after_loop(loop)

    async def _starts(self) -> bool:
        """Runs the hooks of the start. False if a signal came meanwhile."""
        starting = asyncio.ensure_future(self._hooks.worker_start(self._context))
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                return False
            starting.result()
            self._has_started = True
            return True
        finally:
            stopping.cancel()
            starting.cancel()
            await asyncio.wait((starting, stopping))

    async def end(self) -> None:
        """Ends `serve` after an exception has ended the loop."""
        self._stop.set()
        self._stop_now.set()
        if self._serving is not None:
            await asyncio.wait([self._serving])

    def stop(self) -> None:
        """Lets running requests finish; the second time, ends them."""
        (self._stop_now if self._stop.is_set() else self._stop).set()

    def finish(self) -> None:
        """Lets running requests finish; the second time, changes nothing."""
        self._stop.set()

    def leave(self) -> None:
        """Stops accepting, because another process accepts from the same sockets, and lets running
        requests finish, those of clients that have just connected included."""
        self._server.stop_accepting()
        self.finish()

    def requests(self) -> int:
        """The number of requests that this process has received, malformed ones included."""
        return self._server.requests

    def reload(self) -> None:
        """Reads certificates and keys again. Connections that are open keep theirs."""
        errors = self._server.reload_certificates()
        for error in errors:
            self._logger.error("the old certificates remain: %s", error)
        if not errors:
            self._logger.info("certificates were loaded again")

    def _sockets(self) -> list[tuple[str, int]]:
        return list(zip(self._addresses, self._server.descriptors(), strict=True))

    def _taken_over(self) -> None:
        """The next process serves: this one stops."""
        self._server.hand_over()
        if not self._stop.is_set():
            self.stop()

    def _count_unfinished(self) -> None:
        self.unfinished = self._server.unfinished()
        if self.unfinished:
            count = "1 request was" if self.unfinished == 1 else f"{self.unfinished} requests were"
            self._logger.error("%s cancelled when the server ended", count)

    def _has_access_file(self) -> bool:
        return bool(self._options.get("access_log_file"))

    def _flush_access_log(self) -> None:
        """Writes the lines of the file, now and each second."""
        if self._has_access_file():
            self._server.flush_access_log()
            loop = asyncio.get_running_loop()
            self._flush = loop.call_later(FLUSH_INTERVAL, self._flush_access_log)

    def _end_access_log(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
        self._server.flush_access_log()

    @property
    def is_ready(self) -> bool:
        """Whether the hooks of the start have run and nothing has stopped it."""
        return self._has_started and not self._stop.is_set()

    def _is_done(self) -> bool:
        return self._server.is_drained() and not self._tasks

    async def _clean_up(self) -> None:
        """Cancels running handlers, and waits `CLEAN_UP` seconds for them."""
        tasks = list(self._tasks)
        # The hooks of the connections that this closes are not cancelled.
        self._server.abort()
        for task in tasks:
            task.cancel()
        never = asyncio.Event()
        await _until(self._is_done, never, CLEAN_UP)
        if self._has_started:
            await self._hooks.worker_stop(self._context, self._shutdown_timeout)
        self.threads.shutdown()
        self._disk_pool.shutdown(wait=False, cancel_futures=True)
        await _until(lambda: not self._is_a_thread_busy(), never, CLEAN_UP)

    def _is_a_thread_busy(self) -> bool:
        return self.threads.is_busy() or any(map(threading.Thread.is_alive, self._disk_threads))

    def _is_busy(self) -> bool:
        return not self._is_done() or self._is_a_thread_busy()

    def _exit(self) -> None:
        """Ends the process. The interpreter would wait forever for threads that do not end."""
        self._logger.error("handlers that do not end are left behind")
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(1)


class _signals:  # noqa: N801 - used like a function
    """Signals go to a callback."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        signals: Iterable[signal.Signals],
        callback: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._signals = signals
        self._callback = callback
        self._set: list[signal.Signals] = []

    def __enter__(self) -> None:
        for number in self._signals:
            try:
                self._loop.add_signal_handler(number, self._callback)
            except (RuntimeError, ValueError, NotImplementedError):
                # Not in the main thread: the server does not handle signals.
                return
            self._set.append(number)

    def __exit__(self, *_: object) -> None:
        for number in self._set:
            self._loop.remove_signal_handler(number)


async def _until(condition: Callable[[], bool], stop: asyncio.Event, limit: float) -> None:
    """Waits for a condition, for an event, or `limit` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + limit
    while not condition() and not stop.is_set() and loop.time() < end:
        try:
            await asyncio.wait_for(stop.wait(), LOOK_AGAIN)
        except TimeoutError:
            continue


#: Enough to keep a disk busy.
DISK_THREADS = 4

#: Seconds that a line of the access log may wait for its file.
FLUSH_INTERVAL = 1.0

#: How often a stopping server checks whether it is done, in seconds.
LOOK_AGAIN = 0.02

#: How many seconds cancelled handlers have for their clean-up.
CLEAN_UP = 1.0
