"""The supervisor: starts the workers of an application, replaces those that die or reach a limit,
and stops all.

It keeps the sockets of its workers, and accepts nothing itself. It has no thread.
"""

from __future__ import annotations

import gc
import multiprocessing.connection
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from .. import _handover
from .._running import announce
from .._tremolo import Listener
from . import signals
from .heartbeat import Heartbeats
from .inspection import Inspection
from .launch import Launcher
from .shared_locks import SharedLocks
from .shared_stats import SharedStats
from .slot import LONGEST, SEATS, Role, Slot, WorkerProcess

if TYPE_CHECKING:
    from . import worker


class Supervisor:
    """The workers of one application, in processes."""

    def __init__(
        self, task: worker.Task, listeners: Mapping[str, Mapping[str, Any]], count: int
    ) -> None:
        self._preload = task.process.preload
        self._logger = task.logger
        self._stop_time = float(task.options.get("shutdown_timeout", 30)) + MARGIN
        self._addresses, self._slots = _listen(task.options, listeners, count)
        self._configured = list(listeners)
        self._locks = SharedLocks(task.options["thread_pool_size"], SEATS * count)
        self._heartbeats = Heartbeats(SEATS * count)
        self._stats = SharedStats(count)
        shared = (self._locks, self._heartbeats, self._stats)
        self._launcher = Launcher(task, self._slots, *shared)
        timeout = self._launcher.start_timeout
        self._successor = _handover.Successor(self._sockets, self._logger, timeout)
        self._inspection = Inspection(task.process, self._slots, self._heartbeats, task.logger)
        self._announced = False
        self._signals = 0
        self._exit_code = 0

    def run(self) -> int:
        """Serves until SIGINT or SIGTERM; returns the exit code of the program."""
        if self._preload:
            # What is there now stays as it is: the workers share its memory for longer.
            gc.collect()
            gc.freeze()
        with signals.received() as wake_up:
            try:
                for slot in self._slots:
                    self._launcher.start(slot)
                while any(slot.workers or slot.due is not None for slot in self._slots):
                    self._wait(wake_up)
            finally:
                for _, worker in self._workers():
                    worker.process.kill()
                    worker.process.join()
                for slot in self._slots:
                    slot.close()
                self._locks.close()
                self._heartbeats.close()
                self._stats.close()
        return self._exit_code

    def _sockets(self) -> list[tuple[str, int]]:
        """The sockets of the first worker, for the next process; its others have their own."""
        listeners = (listener.fileno() for listener, _ in self._slots[0].listeners)
        return list(zip(self._configured, listeners, strict=True))

    def _workers(self, *roles: Role) -> Iterator[tuple[Slot, WorkerProcess]]:
        for slot in self._slots:
            for worker in list(slot.workers):
                if not roles or worker.role in roles:
                    yield slot, worker

    def _wait(self, wake_up: socket.socket) -> None:
        """Waits for something to happen, and handles it."""
        moments = [slot.due for slot in self._slots]
        moments += [worker.deadline for _, worker in self._workers()]
        moments += [self._inspection.due, self._successor.deadline]
        known = [moment for moment in moments if moment is not None]
        limit = max(min(known) - time.monotonic(), 0) if known else None
        ends: list[Any] = [wake_up]
        if self._successor.fileno() >= 0:
            ends.append(self._successor)
        for _, worker in self._workers():
            ends.append(worker.process.sentinel)
            if worker.role is Role.STARTING and worker.lifeline is not None:
                ends.append(worker.lifeline)
        happened: list[Any] = multiprocessing.connection.wait(ends, limit)
        for slot, worker in self._workers():
            if worker.lifeline in happened:
                self._on_ready(slot, worker)
            if worker.process.sentinel in happened:
                self._on_death(slot, worker)
        late = self._successor.deadline
        is_settled = self._successor in happened or (late is not None and late <= time.monotonic())
        if is_settled and self._successor.has_taken_over():
            for listener, _ in self._slots[0].listeners:
                listener.hand_over()
            if not self._signals:
                self._stop()
        # After the deaths: a worker that died before the signal did not fail to stop.
        if wake_up in happened:
            for number in wake_up.recv(64):
                self._on_signal(signal.Signals(number))
        self._on_time(time.monotonic())

    def _on_ready(self, slot: Slot, worker: WorkerProcess) -> None:
        if worker.lifeline is None:
            return
        try:
            files = worker.lifeline.recv()
        except (EOFError, OSError):
            # The process has died, or is about to.
            worker.cut()
            return
        self._inspection.watch(files)
        before = slot.with_role(Role.SERVING)
        worker.role = Role.SERVING
        worker.deadline = time.monotonic() + self._stop_time if self._signals else None
        if before is not None:
            self._logger.info("%s serves in place of %s", worker.name, before.name)
            before.retire()
            before.deadline = before.deadline or time.monotonic() + self._stop_time
        if not self._announced and all(slot.with_role(Role.SERVING) for slot in self._slots):
            self._announced = True
            announce(self._addresses, len(self._slots))

    def _on_death(self, slot: Slot, worker: WorkerProcess) -> None:
        code = worker.join()
        slot.workers.remove(worker)
        self._locks.forget(worker.seat)
        other = slot.with_role(Role.STARTING, Role.SERVING)
        if self._signals:
            # Before and after it serves, a worker has no handler of the signal.
            clean = code in (0, -signal.SIGTERM) or worker.role is Role.STARTING
            self._exit_code = self._exit_code or (0 if clean else max(code or 0, 1))
        elif worker.role is Role.RETIRING:
            level = self._logger.info if code == 0 else self._logger.error
            level("%s has ended with exit code %s", worker.name, code)
        elif worker.role is Role.STARTING and other is not None:
            text = "%s could not start (exit code %s); %s serves on"
            self._logger.error(text, worker.name, code, other.name)
            if not slot.wanted:
                slot.not_before = time.monotonic() + LONGEST
        elif worker.role is Role.STARTING and not self._announced:
            # It has printed the reason.
            text = "%s could not start (exit code %s); the server stops"
            self._logger.error(text, worker.name, code)
            self._exit_code = 1
            self._stop()
        elif code == 0 and other is None:
            # It was asked to stop. No worker accepts what comes to its sockets.
            slot.close_listeners()
            slot.wanted = None
            self._logger.info("%s has ended", worker.name)
        else:
            self._restart(slot, worker, code)

    def _restart(self, slot: Slot, worker: WorkerProcess, code: int | None) -> None:
        """A worker has died: another one follows, unless one starts already."""
        text = f"{worker.name} has died with exit code {code}"
        if slot.with_role(Role.STARTING):
            self._logger.error("%s; its replacement starts", text)
            return
        pause = slot.note_death(worker.age)
        slot.due = time.monotonic() + pause
        self._logger.error("%s; another one starts in %g s", text, pause)

    def _on_signal(self, number: signal.Signals) -> None:
        self._logger.debug("%s", number.name)
        if number == _handover.SIGNAL:
            self._successor.start()
            return
        if number not in signals.FORWARDED:
            self._stop()
            return
        # A worker that starts reads certificates and opens files as they are.
        for _, worker in self._workers(Role.SERVING, Role.RETIRING):
            worker.send_signal(number)

    def _stop(self) -> None:
        """Asks the workers to stop; the second time, to stop at once."""
        self._signals += 1
        self._inspection.due = None
        end = time.monotonic() + self._stop_time
        for slot in self._slots:
            slot.due = slot.wanted = None
            # What waits in a socket is served by its worker, which has it too.
            for listener, _ in slot.listeners:
                listener.hold_back()
            slot.close_listeners()
        for slot, worker in self._workers():
            worker.deadline = worker.deadline or end
            is_second = self._signals > 1
            is_needed = worker.is_ready() or not slot.with_role(Role.SERVING)
            if worker.role is Role.STARTING and (is_second or not is_needed):
                # It has no connections, and perhaps no handler of the signal.
                worker.process.kill()
            elif worker.role is not Role.RETIRING or is_second:
                # A worker that retires stops already: for it, a signal would be the second.
                worker.send_signal(signal.SIGTERM)

    def _on_time(self, now: float) -> None:
        for slot in self._slots:
            if slot.due is not None and slot.due <= now:
                slot.due = None
                self._start(slot)
        for _, worker in self._workers():
            # A worker that is ready now is not late: that is handled next.
            is_over = worker.deadline is not None and worker.deadline <= now
            if is_over and not (worker.role is Role.STARTING and worker.is_ready()):
                worker.deadline = now + LONGEST
                self._kill(worker)
        if self._inspection.due is not None and self._inspection.due <= now:
            self._inspection.check(now)
            self._replace(now)

    def _start(self, slot: Slot) -> None:
        wanted, slot.wanted = slot.wanted, None
        try:
            self._launcher.start(slot)
        except OSError as error:
            # The system has no processes or descriptors left; the other workers go on.
            self._logger.error("worker %s cannot start: %s", slot.number + 1, error)
            slot.wanted, slot.not_before = wanted, time.monotonic() + LONGEST
            if not slot.with_role(Role.SERVING):
                slot.due = slot.not_before

    def _kill(self, worker: WorkerProcess) -> None:
        if worker.hangs and worker.stacks is not None:
            text = "%s hangs, and is killed; its threads:\n%s"
            self._logger.error(text, worker.name, worker.stacks.read())
        elif worker.role is Role.STARTING and not self._signals:
            text = "%s does not serve after %g s (start_timeout), and is killed"
            self._logger.error(text, worker.name, self._launcher.start_timeout)
        else:
            self._logger.error("%s does not stop, and is killed", worker.name)
        worker.process.kill()

    def _replace(self, now: float) -> None:
        slot = self._inspection.next_to_replace(now)
        before = None if slot is None else slot.with_role(Role.SERVING)
        if slot is None or before is None:
            return
        self._logger.info("%s is replaced: %s", before.name, slot.wanted)
        # A process that needs it again at once would be started without end.
        slot.not_before = now + slot.note_death(before.age)
        self._start(slot)


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


#: Seconds that a worker has for its clean-up beyond `shutdown_timeout`.
MARGIN = 5.0
