"""Sends messages of ASGI from functions that are not coroutines."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..asgi import Send


class Sender:
    """Sends messages at once. What has to wait goes on in `finish`."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: list[_Rest] = []

    def put(self, message: dict[str, Any]) -> None:
        """Sends a message."""
        operation: Any = self._send(message)
        try:
            future = operation.send(None)
        except StopIteration:
            return
        self._waiting.append(_Rest(operation, future))

    async def finish(self) -> None:
        """Waits until all messages are sent."""
        for rest in self._waiting:
            await rest


class _Rest:
    """The rest of an operation that waits for a future."""

    def __init__(self, operation: Any, future: Any) -> None:
        self._operation = operation
        self._future = future

    def __await__(self) -> Generator[Any, None, None]:
        future = self._future
        while True:
            yield future
            try:
                future = self._operation.send(None)
            except StopIteration:
                return
