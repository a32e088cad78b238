"""The type of a response."""

from .._tremolo import Response

__all__ = ["Response"]
