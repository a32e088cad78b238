"""WebSockets, which cannot be served yet: the name is there for programs that import it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._tremolo import Request, Response

__all__ = ["WebSocket"]


class WebSocket:
    """A WebSocket; a `NotImplementedError` until they can be served."""

    def __init__(self, request: Request, response: Response) -> None:
        raise NotImplementedError("WebSockets cannot be served yet")
