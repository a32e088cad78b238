"""Generators that may suspend: their pieces are sent in their own task."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ._tremolo import Response

#: The return value of a handler that has sent its stream to the end.
END: Final = object()


async def pump(response: Response, generator: Any) -> object:
    """Sends the pieces of a generator, each when there is room for it.

    The generator is closed after the first one if nothing of the body is sent.
    """
    if hasattr(generator, "__anext__"):
        try:
            async for piece in generator:
                if await response._yield(piece) is False:
                    break
        finally:
            await generator.aclose()
    else:
        for piece in generator:
            if await response._yield(piece) is False:
                break
        if hasattr(generator, "close"):
            generator.close()
    # A generator without pieces has sent no head.
    if (middleware := response.request._before_head(False)) is not None:
        await middleware
    return END


def pumped(
    function: Callable[..., AsyncGenerator[Any, None]],
) -> Callable[..., Coroutine[Any, Any, object]]:
    """A coroutine function that sends the pieces of an asynchronous generator function."""

    @functools.wraps(function)
    async def handler(_response: Response, /, *args: Any, **kwargs: Any) -> object:
        return await pump(_response, function(*args, **kwargs))

    return handler
