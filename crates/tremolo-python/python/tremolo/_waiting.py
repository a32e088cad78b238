"""The slow path of what usually needs no waiting, and the start of what may need it."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from .exceptions import RequestTimeout

if TYPE_CHECKING:
    from ._tremolo import Step

Start = Callable[[Coroutine[Any, Any, Any]], "asyncio.Task[Any]"]


async def settle(
    step: Step, future: asyncio.Future[None] | None, limit: float | None = None
) -> Any:
    """Tries again each time there is a reason to."""
    result: Any = None
    try:
        async with asyncio.timeout(limit) if limit is not None else nullcontext():
            while future is not None:
                await future
                future, result = step.attempt()
    except TimeoutError:
        raise RequestTimeout("the request body stalled") from None
    return result


def starter(loop: asyncio.AbstractEventLoop) -> Start:
    """What starts a coroutine as a task whose first step has run when it returns."""
    if sys.version_info >= (3, 12):
        return functools.partial(asyncio.Task, loop=loop, eager_start=True)
    return functools.partial(_start, loop)


def _start(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]
) -> asyncio.Task[Any]:
    """Catches the first step of a new task, and runs it at once, in its context."""
    if asyncio.current_task(loop) is not None:
        return asyncio.Task(coroutine, loop=loop)
    caught: list[tuple[Callable[..., Any], tuple[Any, ...], Any]] = []

    def call_soon(callback: Callable[..., Any], *args: Any, context: Any = None) -> None:
        caught.append((callback, args, context))

    loop.call_soon = call_soon  # type: ignore[assignment, method-assign]
    try:
        task = asyncio.Task(coroutine, loop=loop)
    finally:
        del loop.call_soon
    for callback, args, context in caught:
        context.run(callback, *args)
    return task
