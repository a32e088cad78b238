"""Generators that may suspend: their pieces are sent from within their own task."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ._tremolo import Response

#: What a handler gives back whose stream was sent to its end.
END: Final = object()


async def pump(response: Response, generator: Any, *, gather: int = 0) -> object:
    """Sends the pieces of a generator, each when there is room for it, or so many bytes at once."""
    if not hasattr(generator, "__anext__"):
        for piece in generator:
            await response._yield(piece)
        return END
    try:
        gathered = bytearray()
        async for piece in generator:
            if not gather:
                if piece is not None:
                    await response._yield(piece)
                continue
            gathered += piece.encode() if isinstance(piece, str) else piece
            if len(gathered) >= gather:
                await response._yield(gathered)
                gathered = bytearray()
        if gathered:
            await response._yield(gathered)
    finally:
        await generator.aclose()
    return END


def pumped(
    function: Callable[..., AsyncGenerator[Any, None]], *, gather: int
) -> Callable[..., Coroutine[Any, Any, object]]:
    """A coroutine function that does what an asynchronous generator function says."""

    @functools.wraps(function)
    async def handler(_response: Response, /, *args: Any, **kwargs: Any) -> object:
        return await pump(_response, function(*args, **kwargs), gather=gather)

    return handler
