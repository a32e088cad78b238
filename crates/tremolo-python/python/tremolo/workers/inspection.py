"""Checks of the workers: which of them hang, and which are to be replaced, and why."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from . import stacks
from .code_watch import CodeWatch
from .slot import Role, Slot, WorkerProcess

if TYPE_CHECKING:
    import logging

    from .._process_options import ProcessOptions
    from .heartbeat import Heartbeats


class Inspection:
    """Checks the workers periodically, and marks them and their slots."""

    def __init__(
        self,
        options: ProcessOptions,
        slots: list[Slot],
        heartbeats: Heartbeats,
        logger: logging.Logger,
    ) -> None:
        self._options = options
        self._slots = slots
        self._heartbeats = heartbeats
        self._logger = logger
        self._watch = CodeWatch(options.folders) if options.reload else None
        self._period = options.check or 0.0
        #: When the next check is, if there is one.
        self.due = time.monotonic() if options.check is not None else None

    def watch(self, files: Iterable[str]) -> None:
        """A worker has imported modules from these files."""
        if self._watch is not None:
            self._watch.add(files)

    def check(self, now: float) -> None:
        """Checks all workers, and whether code has changed."""
        self.due = now + self._period
        for slot in self._slots:
            worker = slot.with_role(Role.SERVING)
            if worker is None or worker.hangs or self._hangs(worker, now):
                continue
            requests = self._heartbeats.requests(worker.seat)
            reason = worker.limits.reached(worker.pid, worker.age, requests)
            if reason and not slot.wanted and not slot.with_role(Role.STARTING):
                slot.wanted = reason
        if self._watch is not None and (changed := self._watch.settled()):
            self._logger.info("changed: %s", ", ".join(changed))
            self._renew()

    def next_to_replace(self, now: float) -> Slot | None:
        """The slot whose worker is replaced now. One after the other: together they would need
        twice the memory."""
        if any(slot.with_role(Role.STARTING) for slot in self._slots):
            return None
        for slot in self._slots:
            is_due = slot.wanted and slot.not_before <= now and slot.with_role(Role.SERVING)
            # Without a free seat its predecessor still has requests.
            if is_due and slot.free_seat() is not None:
                return slot
        return None

    def _hangs(self, worker: WorkerProcess, now: float) -> bool:
        limit = self._options.worker_heartbeat_timeout
        beats = self._heartbeats.beats(worker.seat)
        silence = worker.silence.observed(beats, now, 2 * self._period)
        if not limit or silence <= limit:
            return False
        worker.hangs = True
        worker.send_signal(stacks.REQUEST)
        worker.deadline = now + STACKS_TIME
        return True

    def _renew(self) -> None:
        """All workers have old code."""
        for slot in self._slots:
            slot.wanted, slot.not_before = "its code has changed", 0.0
            starting = slot.with_role(Role.STARTING)
            if starting is None or starting.is_ready():
                continue
            if slot.with_role(Role.SERVING):
                # It may wait for something that the change repairs.
                starting.process.kill()


#: Seconds in which a worker that hangs writes its stacks.
STACKS_TIME = 0.5
