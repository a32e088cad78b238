"""The type of `request.server`, by another name."""

from .connection import Connection as HTTPProtocol

__all__ = ["HTTPProtocol"]
