"""How a supervisor starts the process of a worker."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from typing import TYPE_CHECKING, Any

from . import signals, worker
from .descriptor import Descriptor
from .limits import Limits
from .slot import Slot, WorkerProcess
from .stacks import Stacks

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from .heartbeat import Heartbeats
    from .shared_locks import SharedLocks
    from .shared_stats import SharedStats


class Launcher:
    """Starts processes, and knows what a forked one must close."""

    def __init__(
        self,
        task: worker.Task,
        slots: list[Slot],
        locks: SharedLocks,
        heartbeats: Heartbeats,
        stats: SharedStats,
    ) -> None:
        self._task = task
        self._slots = slots
        self._locks = locks
        self._heartbeats = heartbeats
        self._stats = stats
        #: Seconds in which a process has to serve; 0: any time.
        self.start_timeout = float(task.options.get("start_timeout", 0))
        self._context: Any = multiprocessing.get_context(task.process.start_method)

    def start(self, slot: Slot) -> None:
        """Starts a process for a slot, which has a free seat."""
        seat = slot.free_seat()
        if seat is None:
            raise RuntimeError("a slot has two processes at most")
        self._heartbeats.reset(seat)
        stacks = Stacks() if self._task.process.worker_heartbeat_timeout else None
        with contextlib.ExitStack() as undo:
            if stacks is not None:
                undo.callback(stacks.close)
            lifeline, theirs = self._context.Pipe()
            undo.callback(lifeline.close)
            shared = self._locks, self._heartbeats, self._stats
            place = worker.Place(seat, [], *shared, stacks, theirs)
            process = self._process(slot, place, lambda: self._leave(lifeline))
            limits = Limits.with_jitter(self._task.process)
            seat_of_slot = slot.number, seat
            started = WorkerProcess(seat_of_slot, process, lifeline, stacks, limits)
            if self.start_timeout:
                started.deadline = started.started + self.start_timeout
            slot.workers.append(started)
            undo.pop_all()

    def _process(self, slot: Slot, place: worker.Place, leave: Callable[[], None]) -> Any:
        with contextlib.ExitStack() as after:
            after.callback(place.lifeline.close)
            for listener, own in slot.listeners:
                place.sockets.append((Descriptor(os.dup(listener.fileno())), own))
                after.callback(os.close, place.sockets[-1][0].number)
            forks = self._context.get_start_method() == "fork"
            process = self._context.Process(
                target=worker.main,
                args=(self._task, place, leave if forks else None),
                name=f"tremolo-{slot.number + 1}",
            )
            # A signal must not come between the start of the process and its own handlers.
            signal.pthread_sigmask(signal.SIG_BLOCK, signals.ALL)
            after.callback(signal.pthread_sigmask, signal.SIG_UNBLOCK, signals.ALL)
            process.start()
            return process

    def _leave(self, lifeline: Connection[Any, Any]) -> None:
        """In a process that was forked: closes what is the supervisor's, its end of the pipe
        included."""
        signal.set_wakeup_fd(-1)
        lifeline.close()
        for slot in self._slots:
            slot.close()
