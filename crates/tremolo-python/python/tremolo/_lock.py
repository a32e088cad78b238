"""The locks of an application: the argument `lock` of a handler.

Tasks of one worker queue in the order of their calls. Where several processes serve an application,
the task at the head of this queue waits for the other processes, in `workers/shared_locks.py`.
"""

from __future__ import annotations

import asyncio
from typing import Protocol


class Shared(Protocol):
    """Locks that several processes share, seen from one of them."""

    async def acquire(self, number: int) -> None:
        """Waits until no other process holds the lock. One task at a time may call it."""

    def release(self, number: int) -> None:
        """Releases a lock that this process holds."""


class Locks:
    """The locks of one worker."""

    def __init__(self, count: int, shared: Shared | None = None) -> None:
        self._shared = shared
        self._queues = [asyncio.Lock() for _ in range(count)]
        self._held = [False] * count

    def __len__(self) -> int:
        return len(self._queues)

    async def _acquire(self, number: int) -> None:
        queue = self._queues[number]
        await queue.acquire()
        try:
            if self._shared is not None:
                await self._shared.acquire(number)
        except BaseException:
            queue.release()
            raise
        self._held[number] = True

    def _release(self, number: int) -> None:
        if not self._held[number]:
            return
        self._held[number] = False
        if self._shared is not None:
            self._shared.release(number)
        self._queues[number].release()


class ServerLock:
    """One of the locks that all workers of an application share, `thread_pool_size` of them.

    >>> async def handler(lock):
    ...     async with lock:
    ...         ...  # one task of all workers at a time
    ...     async with lock(3):
    ...         ...  # the same, with another lock

    The wait ends after `timeout` seconds (default 30) with a `TimeoutError`, which a client sees as
    408. A lock is not reentrant. If a worker dies, the locks that it held are free.

    In a plain function the methods block, and the statement is `with lock:`. Such functions may
    occupy all threads while they wait: do not wait for `globals.executor` while you hold a lock.
    """

    __slots__ = ("_locks", "_timeout", "name")

    def __init__(self, locks: Locks, name: int = 0, timeout: float = 30) -> None:
        self._locks = locks
        self._timeout = timeout
        #: The number of this lock.
        self.name = name % len(locks)

    def __call__(self, name: int = 0, *, timeout: float | None = None) -> ServerLock:
        """Another one of the locks: by number, modulo `thread_pool_size`."""
        return ServerLock(self._locks, name, self._timeout if timeout is None else timeout)

    async def acquire(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the original's
        """Waits for the lock, until `release`."""
        async with asyncio.timeout(self._timeout if timeout is None else timeout):
            await self._locks._acquire(self.name)

    def release(self) -> None:
        """Releases the lock; ignored if this worker does not hold it."""
        self._locks._release(self.name)

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *_: object) -> None:
        self.release()

    def __repr__(self) -> str:
        return f"<ServerLock {self.name}>"
