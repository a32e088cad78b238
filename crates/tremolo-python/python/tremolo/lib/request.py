"""The type of a request."""

from .._tremolo import Request

__all__ = ["Request"]
