"""The type of a request, by another name."""

from .._tremolo import Request as HTTPRequest

__all__ = ["HTTPRequest"]
