"""The type of a stream of server-sent events."""

from .._tremolo import SSE

__all__ = ["SSE"]
