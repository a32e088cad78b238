"""Calls of applications: how their exceptions are logged, and applications within middleware."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

from .._tremolo import escape_controls
from ._errors import ClientDisconnected

#: Exceptions of frameworks for a client that has gone.
_OF_FRAMEWORKS = frozenset(("ClientDisconnect", "WebSocketDisconnect"))


async def within(app: Any, scope: dict[str, Any], channel: Any) -> None:
    """Calls an application that has middleware of the server around it."""
    await app(scope, channel.receive, channel.send)
    channel.check()


def report(
    logger: logging.Logger,
    scope: dict[str, Any],
    error: BaseException,
    is_gone: bool,
    cancelled: str | None,
) -> None:
    """Logs the exception of an application. A client that has gone is no error."""
    if is_gone and any(map(_is_about_client, _all_of(error))):
        logger.debug("%s: the client has gone", _name(scope))
    elif cancelled is not None and isinstance(error, asyncio.CancelledError):
        logger.debug("%s was cancelled: %s", _name(scope), cancelled)
    else:
        logger.error("%s failed", _name(scope), exc_info=error)


def report_late(logger: logging.Logger, scope: dict[str, Any], kind: str) -> None:
    """Logs a message after the end of the response, and where it was sent."""
    text = "%s: the ASGI message %r after the response is ignored"
    logger.error(text, _name(scope), kind, stack_info=True)


def _is_about_client(error: BaseException) -> bool:
    if isinstance(error, ClientDisconnected | asyncio.CancelledError):
        return True
    return type(error).__name__ in _OF_FRAMEWORKS


def _all_of(error: BaseException) -> Iterator[BaseException]:
    """An exception, and those that it was raised from or consists of."""
    left, seen = [error], set[int]()
    while left and len(seen) < MOST:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        left += [other for other in (one.__cause__, one.__context__) if other is not None]
        if isinstance(one, BaseExceptionGroup):
            left += one.exceptions


def _name(scope: dict[str, Any]) -> str:
    path = scope.get("raw_path") or b""
    text = f"{scope.get('method', 'WebSocket')} {path.decode('latin-1')}"
    return f"<ASGI {escape_controls(text)}>"


#: How many exceptions of a chain are looked at.
MOST = 64
