"""The slow path of operations that have to wait, and the start of tasks."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Coroutine
from contextlib import nullcontext
from contextvars import Context
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ._tremolo import Step


class Start(Protocol):
    """Starts a coroutine as a task, and returns after its first step."""

    def __call__(
        self, coroutine: Coroutine[Any, Any, Any], /, *, context: Context | None = None
    ) -> asyncio.Task[Any]: ...


async def settle(
    step: Step, future: asyncio.Future[None] | None, limit: float | None = None
) -> Any:
    """Attempts an operation again each time its future is done."""
    result: Any = None
    try:
        async with asyncio.timeout(limit) if limit is not None else nullcontext():
            while future is not None:
                await future
                future, result = step.attempt()
        return result
    except TimeoutError:
        # The exception of the operation has no context.
        pass
    return step.timed_out()


def starter(loop: asyncio.AbstractEventLoop) -> Start:
    """The function for a loop."""
    if sys.version_info >= (3, 12):
        return functools.partial(asyncio.Task, loop=loop, eager_start=True)
    make, current = functools.partial(asyncio.Task, loop=loop), asyncio.current_task
    caught: list[tuple[Any, ...]] = []

    def call_soon(*call: Any, context: Any = None) -> None:
        caught.append((context, *call))

    def start(
        coroutine: Coroutine[Any, Any, Any], /, *, context: Context | None = None
    ) -> asyncio.Task[Any]:
        """Catches the first step of a new task, and runs it at once, in its context."""
        if current(loop) is not None:
            return make(coroutine, context=context)
        loop.call_soon = call_soon  # type: ignore[assignment, method-assign]
        try:
            task = make(coroutine, context=context)
        finally:
            del loop.call_soon
        while caught:
            where, callback, *args = caught.pop()
            if getattr(callback, "__self__", None) is task:
                where.run(callback, *args)
            else:
                # A finalizer that ran meanwhile has scheduled a callback as well.
                loop.call_soon(callback, *args, context=where)
        return task

    return start
