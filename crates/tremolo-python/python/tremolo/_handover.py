"""The next process, which this one starts with its sockets on SIGUSR2, and which takes over.

It runs the same command. It serves beside this one as soon as its workers have started; then this
one stops. If it ends before that, or does not serve in time, this one goes on.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from ._tremolo import Handover

if TYPE_CHECKING:
    import asyncio
    import logging
    from collections.abc import Callable, Iterator

#: The signal that starts the next process.
SIGNAL = signal.SIGUSR2


class Successor:
    """The process that takes over, or none yet."""

    def __init__(
        self, sockets: Callable[[], list[tuple[str, int]]], logger: logging.Logger, timeout: float
    ) -> None:
        #: Returns the addresses with which sockets were configured, and their descriptors.
        self._sockets = sockets
        self._logger = logger
        #: The seconds in which it has to serve (`start_timeout`); 0: any time.
        self.timeout = timeout
        #: When a process that was started is late.
        self.deadline: float | None = None
        self._started: tuple[subprocess.Popen[bytes], Handover] | None = None
        self._has_taken_over = False

    def start(self) -> None:
        """Starts the next process, unless it was started."""
        if self._started is not None or self._has_taken_over:
            return
        try:
            handover = Handover(self._sockets())
            name, value = handover.variable
            process = subprocess.Popen(
                [sys.executable, *sys.orig_argv[1:]],
                env={**os.environ, name: value},
                pass_fds=handover.descriptors,
            )
        except OSError as error:
            self._logger.error("the next process cannot be started: %s", error)
            return
        handover.close()
        self._logger.info("the next process was started (pid %s)", process.pid)
        self._started = process, handover
        self.deadline = time.monotonic() + self.timeout if self.timeout else None

    def fileno(self) -> int:
        """The pipe that is readable when the process serves or has ended; -1 without one."""
        return -1 if self._started is None else self._started[1].fileno()

    def has_taken_over(self) -> bool:
        """Whether the process that was started serves. Call this when the pipe is readable, or at
        the deadline: then a process that does not serve is killed. Why it failed is logged."""
        if self._started is None:
            return False
        process, handover = self._started
        self._started = self.deadline = None
        if not select.select([handover.fileno()], [], [], 0)[0]:
            late = "the next process (pid %s) does not serve after %g s (start_timeout)"
            self._logger.error(f"{late}, and is killed", process.pid, self.timeout)
            process.kill()
            process.wait()
            return False
        if handover.has_begun():
            # It goes on when this process has ended: nothing waits for it.
            process.returncode = 0
            self._has_taken_over = True
            return True
        code = process.wait()
        self._logger.error("the next process has ended before it served (exit code %s)", code)
        return False


@contextlib.contextmanager
def hands_over(
    loop: asyncio.AbstractEventLoop, successor: Successor, taken_over: Callable[[], object]
) -> Iterator[None]:
    """SIGUSR2 starts the next process; `taken_over` is called when it serves."""

    timers: list[asyncio.TimerHandle] = []

    def start() -> None:
        before = successor.fileno()
        successor.start()
        pipe = successor.fileno()
        if pipe < 0 or before >= 0:
            return
        loop.add_reader(pipe, check, pipe)
        if successor.timeout:
            timers.append(loop.call_later(successor.timeout, check, pipe))

    def check(pipe: int) -> None:
        end_waiting(pipe)
        if successor.has_taken_over():
            taken_over()

    def end_waiting(pipe: int) -> None:
        loop.remove_reader(pipe)
        while timers:
            timers.pop().cancel()

    try:
        loop.add_signal_handler(SIGNAL, start)
    except (RuntimeError, ValueError, NotImplementedError):
        # Not in the main thread: the server does not handle signals.
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(SIGNAL)
        if successor.fileno() >= 0:
            end_waiting(successor.fileno())
