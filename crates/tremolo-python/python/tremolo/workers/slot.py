"""A slot of a supervisor: the sockets of one worker, and the processes that serve them in turn.

At most two processes have the sockets of a slot at a time: one that serves, and one that replaces
it or that it has replaced. Each has a *seat*, a number in what all workers share.
"""

from __future__ import annotations

import contextlib
import enum
import os
import signal
import time
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from .heartbeat import Silence
from .limits import Limits
from .stacks import Stacks
from .worker import RETIRE

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from .._tremolo import Listener


class Role(enum.Enum):
    """What a process does for its slot."""

    STARTING = enum.auto()
    SERVING = enum.auto()
    #: Another process has replaced it; it finishes its requests.
    RETIRING = enum.auto()


class WorkerProcess:
    """A process of a slot, seen from the supervisor."""

    def __init__(
        self,
        place: tuple[int, int],
        process: BaseProcess,
        lifeline: Connection[Any, Any],
        stacks: Stacks | None,
        limits: Limits,
    ) -> None:
        slot, self.seat = place
        self.process = process
        self.pid: int = process.pid or 0
        self.name = f"worker {slot + 1} (pid {self.pid})"
        self.lifeline: Connection[Any, Any] | None = lifeline
        self.stacks = stacks
        self.limits = limits
        self.role = Role.STARTING
        self.started = time.monotonic()
        self.silence = Silence(self.started)
        #: When it is killed, if it still runs then.
        self.deadline: float | None = None
        #: Whether it had no heartbeat for too long.
        self.hangs = False

    @property
    def age(self) -> float:
        """Seconds since its start."""
        return time.monotonic() - self.started

    def is_ready(self) -> bool:
        """Whether it serves, or has sent the message that it does."""
        if self.role is not Role.STARTING:
            return True
        return self.lifeline is not None and self.lifeline.poll()

    def send_signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        # With `forkserver` another process reaps it.
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def retire(self) -> None:
        """Asks it to leave its sockets to its successor, and to stop when its requests are done."""
        self.role = Role.RETIRING
        if self.lifeline is not None:
            # It may have died: then its sentinel reports it.
            with contextlib.suppress(OSError):
                self.lifeline.send_bytes(RETIRE)

    def join(self) -> int | None:
        """Takes the exit code of a process that has ended, and closes what belongs to it here."""
        self.process.join()
        code = self.process.exitcode
        self.process.close()
        self.close()
        return code

    def close(self) -> None:
        """Closes the descriptors that the supervisor has of it. A worker that runs stops."""
        self.cut()
        if self.stacks is not None:
            self.stacks.close()
            self.stacks = None

    def cut(self) -> None:
        """Closes the lifeline."""
        if self.lifeline is not None:
            self.lifeline.close()
            self.lifeline = None


class Slot:
    """The sockets of one worker, and its processes."""

    def __init__(self, number: int, listeners: list[tuple[Listener, Mapping[str, Any]]]) -> None:
        self.number = number
        self.listeners = listeners
        self.workers: list[WorkerProcess] = []
        #: When a process starts in place of one that has died.
        self.due: float | None = None
        #: Seconds between the death of a worker and the start of the next one.
        self.pause = 0.0
        #: Why its worker is to be replaced, for the log.
        self.wanted: str | None = None
        #: No replacement starts before this moment.
        self.not_before = 0.0

    def with_role(self, *roles: Role) -> WorkerProcess | None:
        """A process with one of these roles."""
        return next((worker for worker in self.workers if worker.role in roles), None)

    def free_seat(self) -> int | None:
        """A seat for one more process."""
        taken = {worker.seat for worker in self.workers}
        seats = range(SEATS * self.number, SEATS * (self.number + 1))
        return next((seat for seat in seats if seat not in taken), None)

    def note_death(self, age: float) -> float:
        """A worker has died at this age; returns the seconds until the next one starts."""
        self.pause = 0 if age > HEALTHY else min(max(2 * self.pause, FIRST), LONGEST)
        return self.pause

    def close_listeners(self) -> None:
        """Closes the sockets in this process."""
        for listener, _ in self.listeners:
            listener.close()

    def close(self) -> None:
        """Closes everything that the supervisor has of it."""
        self.close_listeners()
        for worker in self.workers:
            worker.close()


#: Processes that may have the sockets of a slot at a time.
SEATS = 2

#: A worker that has lived for so many seconds is followed by another one at once.
HEALTHY = 10.0

#: The shortest and the longest pause before another worker, in seconds.
FIRST, LONGEST = 0.1, 5.0
