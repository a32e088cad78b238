"""The type of a response, by another name."""

from .._tremolo import Response as HTTPResponse

__all__ = ["HTTPResponse"]
