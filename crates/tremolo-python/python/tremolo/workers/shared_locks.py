"""Locks between the processes of one application.

*Exclusion* is the kernel's: a record lock on one byte of a file without a name. It ends with the
process that holds it, however that ends.

*Order* is in memory that the processes share: the time since which a process waits for a lock. The
process that releases it wakes the one that waits longest, by a byte in the pipe of that process. A
process that comes while others wait queues behind them.

*A wake-up may be lost*, with a process that was chosen and died, or come late, to one whose loop is
blocked. So a waiting process looks again after `LOOK_AGAIN`, whether it is its turn or not. Only
the order depends on the shared memory, never the exclusion.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import time

from .descriptor import Descriptor
from .shared_numbers import SharedNumbers


class SharedLocks:
    """The descriptors of all locks; made by the supervisor, and given to each worker."""

    def __init__(self, locks: int, workers: int) -> None:
        self.locks = locks
        self.workers = workers
        #: Since when each worker waits for each lock. The locks are those of its file, which is
        #: closed with the process only: to close it releases all locks.
        self._since = SharedNumbers(locks * workers)
        #: Of each worker, the end that it reads and the end that others write.
        self._pipes = [_pipe() for _ in range(workers)]

    def forget(self, worker: int) -> None:
        """A worker has ended: it waits no longer, and a wake-up of it is passed on."""
        for number in range(self.locks):
            self._since[number * self.workers + worker] = 0
            self._wake_next(number)

    def close(self) -> None:
        """Closes the descriptors of this process."""
        self._since.close()
        for end in (end for ends in self._pipes for end in ends):
            os.close(end.number)
        self._pipes = []

    def _wait_since(self, number: int, worker: int, moment: int) -> None:
        self._since[number * self.workers + worker] = moment

    def _next(self, number: int) -> int | None:
        """The worker that waits longest."""
        row = range(self.workers)
        since = [(self._since[number * self.workers + worker], worker) for worker in row]
        waiting = [each for each in since if each[0]]
        return min(waiting)[1] if waiting else None

    def _wake_next(self, number: int) -> None:
        worker = self._next(number)
        if worker is not None:
            # A full pipe wakes as well.
            with contextlib.suppress(BlockingIOError):
                os.write(self._pipes[worker][1].number, b"!")

    def _try(self, number: int) -> bool:
        try:
            fcntl.lockf(self._since.file.number, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _release(self, number: int) -> None:
        fcntl.lockf(self._since.file.number, fcntl.LOCK_UN, 1, number)
        self._wake_next(number)


class LocksOfWorker:
    """The locks, seen from one worker; implements `_lock.Shared`."""

    def __init__(self, shared: SharedLocks, worker: int) -> None:
        self._shared = shared
        self._worker = worker
        self._pipe = shared._pipes[worker][0].number
        self._waiting: dict[int, asyncio.Event] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._pipe, self._on_wake_up)

    def close(self) -> None:
        """Ends the wake-ups; this process gets no lock that another one has waited for longer."""
        self._loop.remove_reader(self._pipe)

    async def acquire(self, number: int) -> None:
        """Waits until no other process holds the lock."""
        shared, worker = self._shared, self._worker
        if shared._next(number) is None and shared._try(number):
            return
        event = self._waiting[number] = asyncio.Event()
        shared._wait_since(number, worker, time.monotonic_ns())
        try:
            while not (shared._next(number) == worker and shared._try(number)):
                try:
                    async with asyncio.timeout(LOOK_AGAIN):
                        await event.wait()
                except TimeoutError:
                    if shared._try(number):
                        return
                event.clear()
        except BaseException:
            shared._wait_since(number, worker, 0)
            # It may have been this task's turn.
            shared._wake_next(number)
            raise
        finally:
            shared._wait_since(number, worker, 0)
            del self._waiting[number]

    def release(self, number: int) -> None:
        """Releases a lock, and wakes the worker that waits longest for it."""
        self._shared._release(number)

    def _on_wake_up(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._pipe, 4096)
        for event in self._waiting.values():
            event.set()


def _pipe() -> tuple[Descriptor, Descriptor]:
    ends = os.pipe()
    for end in ends:
        os.set_blocking(end, False)
    return Descriptor(ends[0]), Descriptor(ends[1])


#: Seconds after which a waiting worker tries again without a wake-up.
LOOK_AGAIN = 0.1
