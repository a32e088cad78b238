"""The type of a WebSocket."""

from .._tremolo import WebSocket

__all__ = ["WebSocket"]
