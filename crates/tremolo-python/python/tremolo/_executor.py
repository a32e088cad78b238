"""The threads of a worker, for plain handlers and for `globals.executor.submit`.

Unlike `ThreadPoolExecutor` it can run a job on one particular thread, it replaces threads that have
ended, and it works in a child process after `fork`, which has none of the threads of its parent.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import contextvars
import functools
import inspect
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Mapping
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any

from ._streams import END

#: A job and its result; `None` ends the thread.
_Job = tuple["Future[Any]", Callable[[], Any]] | None


class Thread(threading.Thread):
    """A thread of an executor; it runs one job after the other."""

    def __init__(self, executor: Executor, name: str) -> None:
        super().__init__(name=name)
        self._executor = weakref.ref(executor)
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._ended = False

    def submit(self, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Runs a function on this thread; see `Executor.submit`."""
        executor = self._executor()
        if executor is None or not self._takes_jobs():
            raise RuntimeError(f"{self.name} has ended")
        return executor._submit(func, args, kwargs, self)

    def shutdown(self) -> None:
        """Ends the thread after the jobs that it has already."""
        self._jobs.put(None)

    def run(self) -> None:
        """Runs jobs until `shutdown`."""
        while (job := self._jobs.get()) is not None:
            future, call = job
            if future.set_running_or_notify_cancel():
                _settle(future, call)
            # The next wait must keep neither the result nor what the call refers to.
            del job, future, call
            if executor := self._executor():
                executor._next_job(self)
            del executor
        if executor := self._executor():
            executor._end(self)

    def _takes_jobs(self) -> bool:
        """False after the end, and in a child process after `fork`."""
        return not self._ended and self.is_alive()


class Executor:
    """A fixed number of threads; jobs without a thread of their own run on the first idle one.

    The threads start with the first job, or when a program looks at them: in a process with one
    thread each system call takes less time.

    >>> async def hash_in_thread(globals, data):
    ...     return await globals.executor.submit(hashlib.sha256, args=(data,))
    """

    def __init__(self, size: int, loop: asyncio.AbstractEventLoop, prefix: str = "tremolo") -> None:
        self.size = size
        self._counter = 1
        self._threads: list[Thread] = []
        self._thread: Thread | None = None
        self._loop = loop
        self._prefix = prefix
        self._closed = False
        #: Called with the seconds that a job has waited for any thread.
        self.on_wait: Callable[[float], object] | None = None
        self._all: weakref.WeakSet[Thread] = weakref.WeakSet()
        self._forget_threads()
        _executors.add(self)

    @property
    def threads(self) -> list[Thread]:
        """The threads."""
        self._begin()
        return self._threads

    @property
    def thread(self) -> Thread | None:
        """The thread that was active last."""
        self._begin()
        return self._thread

    @property
    def counter(self) -> int:
        """The number of the thread that is started next, from 1."""
        self._begin()
        return self._counter

    def start(self) -> None:
        """Starts the threads that are missing."""
        with self._lock:
            if self._closed:
                raise RuntimeError("the executor has been shut down")
            self._heal()

    def submit(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        name: int | None = None,
    ) -> Any:
        """Runs a function on a thread, and returns an awaitable of its result. For a generator
        function it is an asynchronous generator, all of whose steps run on one thread.

        With a number as `name` the job runs on that thread, modulo `size`, after the jobs that this
        thread has already. Context variables are those of the caller. A job whose awaitable is
        cancelled before it began does not run. After the shutdown it is a `RuntimeError`.
        """
        thread = None if name is None else self._numbered(name)
        return self._submit(func, args, kwargs or {}, thread)

    def shutdown(self) -> None:
        """Ends the threads without waiting for them. Jobs that have not begun are cancelled."""
        with self._lock:
            self._closed = True
            self.on_wait = None
            left = list(self._shared)
            self._shared.clear()
            for thread in self._threads:
                left += _take_all(thread._jobs)
                thread.shutdown()
        _cancel(left)

    def __del__(self) -> None:
        self.shutdown()

    def is_busy(self) -> bool:
        """Whether a thread has not ended. An idle one ends at once after `shutdown`."""
        return any(thread.is_alive() for thread in self._all)

    def _submit(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        thread: Thread | None,
    ) -> Any:
        if not callable(func):
            raise TypeError(f"not a function: {func!r}")
        if inspect.isgeneratorfunction(func):
            return self._steps(func(*args, **kwargs), thread)
        call = functools.partial(func, *args, **kwargs)
        context = contextvars.copy_context()
        future = self.call(lambda: context.run(guarded, call), thread)
        return asyncio.wrap_future(future, loop=asyncio._get_running_loop() or self._loop)

    async def _steps(
        self, generator: Generator[Any, None, Any], thread: Thread | None
    ) -> AsyncGenerator[Any, None]:
        thread = thread or self._numbered(self.counter)
        pull = functools.partial(next, generator, END)
        try:
            while (item := await self._submit(pull, (), {}, thread)) is not END:
                yield item
        finally:
            if self._closed:
                generator.close()
            else:
                await asyncio.shield(self._submit(generator.close, (), {}, thread))

    def call(self, call: Callable[[], Any], thread: Thread | None = None) -> Future[Any]:
        """Runs a call on a thread, as `concurrent.futures` does it."""
        future: Future[Any] = Future()
        if thread is None and self.on_wait is not None:
            call = _timed(call, self.on_wait)
        with self._lock:
            if self._closed:
                raise RuntimeError("the executor has been shut down")
            self._heal()
            if thread is not None and thread._takes_jobs():
                self._idle.pop(thread, None)
                thread._jobs.put((future, call))
            elif self._idle:
                self._idle.popitem()[0]._jobs.put((future, call))
            else:
                self._shared.append((future, call))
        return future

    def _numbered(self, number: int) -> Thread:
        self.start()
        return self._threads[number % self.size]

    def _begin(self) -> None:
        """Starts the threads if none was ever started."""
        with self._lock:
            if self._counter == 1 and not self._closed:
                self._heal()

    def _heal(self) -> None:
        """Replaces threads that have ended. The caller holds the lock."""
        if len(self._threads) == self.size and all(map(Thread._takes_jobs, self._threads)):
            return
        alive = {thread: None for thread in self._threads if thread._takes_jobs()}
        for thread in [thread for thread in self._idle if thread not in alive]:
            del self._idle[thread]
        for place in range(self.size):
            if place < len(self._threads) and self._threads[place] in alive:
                continue
            thread = self._thread = Thread(self, f"{self._prefix}-{self._counter}")
            self._threads[place : place + 1] = [thread]
            self._counter += 1
            self._all.add(thread)
            thread.start()
            self._give_job(thread)

    def _next_job(self, thread: Thread) -> None:
        with self._lock:
            self._thread = thread
            if thread._jobs.empty():
                self._give_job(thread)

    def _give_job(self, thread: Thread) -> None:
        if self._shared:
            thread._jobs.put(self._shared.popleft())
        elif not self._closed:
            self._idle[thread] = None

    def _end(self, thread: Thread) -> None:
        with self._lock:
            thread._ended = True
            left = _take_all(thread._jobs)
            self._idle.pop(thread, None)
        _cancel(left)

    def _forget_threads(self) -> None:
        """The state of an executor without threads, as it is in a child process."""
        # Another thread of the parent may have held the lock.
        self._lock = threading.Lock()
        self._threads = []
        self._shared: deque[_Job] = deque()
        self._idle: dict[Thread, None] = {}


def guarded(call: Callable[[], Any]) -> Any:
    """Calls a function of the application. Its exception is set on a future, which accepts no
    `StopIteration`; and a `KeyboardInterrupt` on this thread comes from the function, and not from
    the keyboard."""
    try:
        return call()
    except (StopIteration, KeyboardInterrupt) as error:
        raise RuntimeError(f"a function on a thread has raised {type(error).__name__}") from error


def _timed(call: Callable[[], Any], on_wait: Callable[[float], object]) -> Callable[[], Any]:
    asked = time.monotonic()

    def timed() -> Any:
        on_wait(time.monotonic() - asked)
        return call()

    return timed


def _settle(future: Future[Any], call: Callable[[], Any]) -> None:
    try:
        result = call()
    except BaseException as error:
        future.set_exception(error)
        # The exception keeps this frame, and the future the exception: no cycle stays.
        del future
    else:
        future.set_result(result)


def _take_all(jobs: SimpleQueue[_Job]) -> list[_Job]:
    taken = []
    with contextlib.suppress(Empty):
        while True:
            taken.append(jobs.get_nowait())
    return taken


def _cancel(jobs: Iterable[_Job]) -> None:
    for job in jobs:
        if job is not None:
            job[0].cancel()


def _after_fork() -> None:
    for executor in list(_executors):
        executor._forget_threads()


def _at_exit() -> None:
    for executor in list(_executors):
        executor.shutdown()


_executors: weakref.WeakSet[Executor] = weakref.WeakSet()
os.register_at_fork(after_in_child=_after_fork)
# The interpreter joins all threads before it runs the functions of `atexit`, so that
# `concurrent.futures` uses this one, too.
getattr(threading, "_register_atexit", atexit.register)(_at_exit)
