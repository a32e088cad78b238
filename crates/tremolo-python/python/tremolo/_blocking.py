"""Plain functions and generators: they run on threads, with blocking objects as arguments."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
from collections.abc import Callable, Coroutine, Generator, Iterator
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any

from ._forms import Part
from ._streams import END

if TYPE_CHECKING:
    from ._tremolo import Response


class Blocking:
    """A proxy for another thread: its methods block until the coroutines are done."""

    __slots__ = ("_loop", "_target")

    def __init__(self, target: Any, loop: asyncio.AbstractEventLoop) -> None:
        object.__setattr__(self, "_target", target)
        object.__setattr__(self, "_loop", loop)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value) or isinstance(value, type):
            return _wrap(value, self._loop)
        return functools.partial(_call, value, self._loop)

    def __setattr__(self, name: str, value: Any) -> None:
        _call(setattr, self._loop, self._target, name, value)

    def __iter__(self) -> Iterator[Any]:
        return _iterate(self._target.__aiter__(), self._loop)

    def __repr__(self) -> str:
        return repr(self._target)

    @property
    def __wrapped__(self) -> Any:
        return self._target


def _call(
    method: Callable[..., Any], loop: asyncio.AbstractEventLoop, *args: Any, **named: Any
) -> Any:
    async def call() -> Any:
        result = method(*args, **named)
        return await result if inspect.isawaitable(result) else result

    if asyncio._get_running_loop() is loop:
        raise RuntimeError("this would wait for the loop inside the loop: await the method instead")
    result = asyncio.run_coroutine_threadsafe(call(), loop).result()
    return _iterate(result, loop) if hasattr(result, "__anext__") else result


def _iterate(iterator: Any, loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    async def step() -> Any:
        # Not `anext(iterator, END)`: that ends the process if `__anext__` raises (CPython 3.11).
        try:
            return await iterator.__anext__()
        except StopAsyncIteration:
            return END

    while (item := asyncio.run_coroutine_threadsafe(step(), loop).result()) is not END:
        yield BlockingPart(item, loop) if isinstance(item, Part) else item


class BlockingPart(dict[str, Any]):
    """A part of a form, for another thread."""

    def __init__(self, part: Part, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(part)
        self._part = part
        self._loop = loop

    def stream(self) -> Iterator[bytes]:
        """The data of the part from here on, piece by piece, until another part is asked for."""
        for data in _iterate(self._part.stream(), self._loop):
            self["eof"] = self._part["eof"]
            yield data
        self["eof"] = self._part["eof"]


def in_thread(function: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, object]]:
    """A coroutine function that calls a plain one on the threads of the application."""
    generates = inspect.isgeneratorfunction(function)

    @functools.wraps(function)
    async def handler(_response: Response, /, *args: Any, **kwargs: Any) -> object:
        loop = asyncio.get_running_loop()
        args = tuple(_wrap(arg, loop) for arg in args)
        kwargs = {name: _wrap(value, loop) for name, value in kwargs.items()}
        jobs = _Jobs(_response)
        result = await jobs.run(functools.partial(function, *args, **kwargs))
        if not generates and not inspect.isgenerator(result):
            return result
        return await _pump(_response, result, jobs)

    return handler


def _wrap(value: Any, loop: asyncio.AbstractEventLoop) -> Any:
    from ._tremolo import Request, Response, WebSocket

    wrapped = isinstance(value, Request | Response | WebSocket)
    return Blocking(value, loop) if wrapped else value


class _Jobs:
    """The calls of one handler on the threads of the application, one after the other."""

    def __init__(self, response: Response) -> None:
        self._server = response.request.server
        # All of a generator runs in one context, as it would in a task.
        self._context = contextvars.copy_context()
        self._last: Future[Any] | None = None

    async def run(self, call: Callable[[], Any]) -> Any:
        """Calls a function on a thread. A job that is cancelled before it begins does not run."""
        executor: Executor = self._server.globals.executor
        self._last = executor.submit(self._context.run, _guarded, call)
        try:
            return await asyncio.wrap_future(self._last)
        except asyncio.CancelledError:
            # A thread cannot be stopped. If the client is still connected, it gets its response
            # now. If it has gone, the server waits for the thread, at most `app_close_timeout`.
            if self._server.is_closing():
                await self._end()
            raise
        finally:
            # An exception keeps this frame, and the future the exception: no cycle stays.
            if self._last is not None and self._last.done():
                self._last = None

    async def close(self, generator: Generator[Any, None, Any]) -> None:
        """Closes a generator, after the thread that runs it has returned."""
        await self._end()
        await self.run(generator.close)

    async def _end(self) -> None:
        if self._last is not None and not self._last.done():
            await asyncio.gather(asyncio.wrap_future(self._last), return_exceptions=True)


def _guarded(call: Callable[[], Any]) -> Any:
    """Calls a handler. Its exception is set on a future, which accepts no `StopIteration`; and a
    `KeyboardInterrupt` on this thread comes from the handler, and not from the keyboard."""
    try:
        return call()
    except (StopIteration, KeyboardInterrupt) as error:
        raise RuntimeError(f"a plain handler has raised {type(error).__name__}") from error


async def _pump(response: Response, generator: Generator[Any, None, Any], jobs: _Jobs) -> object:
    pull = functools.partial(next, generator, END)
    try:
        while (piece := await jobs.run(pull)) is not END:
            if piece is not None and await response._yield(piece) is False:
                break
    finally:
        await asyncio.shield(jobs.close(generator))
    return END
