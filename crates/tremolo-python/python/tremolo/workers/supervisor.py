"""The supervisor: starts the workers of an application, restarts those that die, stops all.

It keeps the sockets of its workers, and accepts nothing itself.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from .. import _handover
from .._running import SIGNALS, announce
from .._tremolo import Listener
from . import worker
from .descriptor import Descriptor
from .shared_locks import SharedLocks

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


class Slot:
    """The place of one worker, whose process may change."""

    def __init__(self, number: int, listeners: list[tuple[Listener, Mapping[str, Any]]]) -> None:
        self.number = number
        self.listeners = listeners
        self.process: BaseProcess | None = None
        self.lifeline: Connection[Any, Any] | None = None
        self.is_ready = False
        self.started = 0.0
        #: Seconds between the death of a worker and the start of the next one.
        self.pause = 0.0

    def close(self) -> None:
        """Closes what the supervisor has of it."""
        for listener, _ in self.listeners:
            listener.close()
        self.cut()

    def cut(self) -> None:
        """Closes the lifeline: a worker that runs stops."""
        if self.lifeline is not None:
            self.lifeline.close()
            self.lifeline = None


class Supervisor:
    """The workers of one application, in processes."""

    def __init__(
        self, task: worker.Task, listeners: Mapping[str, Mapping[str, Any]], count: int
    ) -> None:
        self._task = task
        self._logger = task.logger
        self._context: Any = multiprocessing.get_context()
        self._addresses, self._slots = _listen(task.options, listeners, count)
        self._configured = list(listeners)
        self._successor = _handover.Successor(self._sockets, self._logger)
        self._locks = SharedLocks(task.options["thread_pool_size"], count)
        #: When slots without a worker get one.
        self._due: dict[Slot, float] = {}
        self._announced = False
        self._signals = 0
        #: When workers that do not stop are killed.
        self._end: float | None = None
        self._exit_code = 0

    def run(self) -> int:
        """Serves until SIGINT or SIGTERM; returns the exit code of the program."""
        with _signals() as wake_up:
            try:
                for slot in self._slots:
                    self._start(slot)
                while self._due or any(slot.process for slot in self._slots):
                    self._wait(wake_up)
            finally:
                for slot in self._slots:
                    if slot.process is not None:
                        slot.process.kill()
                        slot.process.join()
                    slot.close()
                self._locks.close()
        return self._exit_code

    def _start(self, slot: Slot) -> None:
        forks = self._context.get_start_method() == "fork"
        with contextlib.ExitStack() as stack:
            slot.lifeline, theirs = self._context.Pipe()
            stack.callback(theirs.close)
            sockets = []
            for listener, own in slot.listeners:
                sockets.append((Descriptor(os.dup(listener.fileno())), own))
                stack.callback(os.close, sockets[-1][0].number)
            process = self._context.Process(
                target=worker.main,
                args=(
                    self._task,
                    worker.Place(slot.number, sockets, self._locks, theirs),
                    self._leave if forks else None,
                ),
                name=f"tremolo-{slot.number + 1}",
            )
            # A signal must not come between the start of the process and its own handlers.
            signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
            stack.callback(signal.pthread_sigmask, signal.SIG_UNBLOCK, SIGNALS)
            process.start()
        slot.process, slot.is_ready, slot.started = process, False, time.monotonic()

    def _sockets(self) -> list[tuple[str, int]]:
        """The sockets of the first worker, for the next process; its others have their own."""
        listeners = (listener.fileno() for listener, _ in self._slots[0].listeners)
        return list(zip(self._configured, listeners, strict=True))

    def _start_again(self, slot: Slot) -> None:
        try:
            self._start(slot)
        except OSError as error:
            # The system has no processes or descriptors left; the other workers go on.
            self._logger.error("worker %s cannot start: %s", slot.number + 1, error)
            slot.cut()
            self._due[slot] = time.monotonic() + LONGEST

    def _leave(self) -> None:
        """In a process that was forked: closes what is the supervisor's."""
        signal.set_wakeup_fd(-1)
        for slot in self._slots:
            slot.close()

    def _wait(self, wake_up: socket.socket) -> None:
        """Waits for something to happen, and handles it."""
        now = time.monotonic()
        moments = [*self._due.values(), *([] if self._end is None else [self._end])]
        limit = max(min(moments) - now, 0) if moments else None
        ends: list[Any] = [wake_up]
        if self._successor.fileno() >= 0:
            ends.append(self._successor)
        for slot in self._slots:
            if slot.process is not None:
                ends.append(slot.process.sentinel)
                ends += [slot.lifeline] if slot.lifeline is not None and not slot.is_ready else []
        happened: list[Any] = multiprocessing.connection.wait(ends, limit)
        for slot in self._slots:
            if slot.lifeline in happened:
                self._on_ready(slot)
            if slot.process is not None and slot.process.sentinel in happened:
                self._on_death(slot, slot.process)
        if self._successor in happened and self._successor.has_taken_over():
            for listener, _ in self._slots[0].listeners:
                listener.hand_over()
            if not self._signals:
                self._stop()
        # After the deaths: a worker that died before the signal did not fail to stop.
        if wake_up in happened:
            for number in wake_up.recv(64):
                self._on_signal(signal.Signals(number))
        self._on_time(time.monotonic())

    def _on_ready(self, slot: Slot) -> None:
        if slot.lifeline is None:
            return
        try:
            slot.lifeline.recv()
        except (EOFError, OSError):
            # The process has died, or is about to.
            slot.cut()
            return
        slot.is_ready = True
        self._announce()

    def _announce(self) -> None:
        if self._announced or not all(slot.is_ready for slot in self._slots):
            return
        self._announced = True
        announce(self._addresses, len(self._slots))

    def _on_death(self, slot: Slot, process: BaseProcess) -> None:
        process.join()
        slot.process, code, pid = None, process.exitcode, process.pid
        process.close()
        slot.cut()
        self._locks.forget(slot.number)
        name = f"worker {slot.number + 1} (pid {pid})"
        if self._signals:
            # Before and after it serves, a worker has no handler of the signal.
            clean = code in (0, -signal.SIGTERM) or not slot.is_ready
            self._exit_code = self._exit_code or (0 if clean else 1)
        elif code == 0:
            # No worker accepts what comes to its sockets.
            slot.close()
            self._logger.info("%s has ended", name)
        elif not self._announced:
            # It cannot start. It has printed the reason.
            self._exit_code = 1
            self._stop()
        else:
            lived = time.monotonic() - slot.started
            slot.pause = 0 if lived > HEALTHY else min(max(2 * slot.pause, FIRST), LONGEST)
            self._due[slot] = time.monotonic() + slot.pause
            text = "%s has died with exit code %s; another one starts in %g s"
            self._logger.error(text, name, code, slot.pause)

    def _on_signal(self, number: signal.Signals) -> None:
        self._logger.debug("%s", number.name)
        if number == _handover.SIGNAL:
            self._successor.start()
        else:
            self._stop()

    def _stop(self) -> None:
        """Asks the workers to stop; the second time, to stop at once."""
        self._signals += 1
        self._due.clear()
        self._end = self._end or time.monotonic() + _stop_time(self._task.options)
        for slot in self._slots:
            # What waits in a socket is served by its worker, which has it too.
            for listener, _ in slot.listeners:
                listener.hold_back()
                listener.close()
            if slot.process is not None and slot.process.pid is not None:
                os.kill(slot.process.pid, signal.SIGTERM)

    def _on_time(self, now: float) -> None:
        for slot in [slot for slot, due in self._due.items() if due <= now]:
            del self._due[slot]
            self._start_again(slot)
        if self._end is None or now < self._end:
            return
        self._end = now + LONGEST
        for slot in self._slots:
            if slot.process is not None:
                self._logger.error("worker %s does not stop, and is killed", slot.number + 1)
                slot.process.kill()


def supervise(
    task: worker.Task, listeners: Mapping[str, Mapping[str, Any]], processes: int
) -> None:
    """Serves with several processes. The program exits with a line with the reason if the server
    cannot listen, and with 1 if a worker could not start or had to be killed."""
    try:
        supervisor = Supervisor(task, listeners, processes)
    except OSError as error:
        sys.exit(f"tremolo: {error.strerror or error}")
    if code := supervisor.run():
        sys.exit(code)


def _listen(
    options: dict[str, Any], listeners: Mapping[str, Mapping[str, Any]], workers: int
) -> tuple[list[str], list[Slot]]:
    """Listens on all addresses, for each worker; or on none, and raises an `OSError`."""
    slots = [Slot(number, []) for number in range(workers)]
    addresses = []
    try:
        for address, own in listeners.items():
            first = Listener(address, {**options, **own})
            addresses.append(first.address)
            for slot in slots:
                slot.listeners.append((first if slot.number == 0 else first.another(), own))
    except BaseException:
        for slot in slots:
            slot.close()
        raise
    return addresses, slots


def _stop_time(options: Mapping[str, Any]) -> float:
    """Seconds until a worker that was asked to stop is killed."""
    return float(options.get("shutdown_timeout", 30)) + MARGIN


@contextlib.contextmanager
def _signals() -> Iterator[socket.socket]:
    """SIGINT and SIGTERM as bytes of a socket."""
    here, there = socket.socketpair()
    there.setblocking(False)
    before = {number: signal.signal(number, _ignore) for number in (*SIGNALS, _handover.SIGNAL)}
    old = signal.set_wakeup_fd(there.fileno(), warn_on_full_buffer=False)
    try:
        yield here
    finally:
        signal.set_wakeup_fd(old)
        for number, handler in before.items():
            signal.signal(number, handler)
        here.close()
        there.close()


def _ignore(*_: object) -> None:
    """The number of the signal is in the socket."""


#: A worker that has lived for so many seconds is followed by another one at once.
HEALTHY = 10.0

#: The shortest and the longest pause before another worker, in seconds.
FIRST, LONGEST = 0.1, 5.0

#: Seconds that a worker has for its clean-up beyond `shutdown_timeout`.
MARGIN = 5.0
