"""The application, by another name of its module."""

from ._tremolo import __version__
from .application import Tremolo

__all__ = ["Tremolo", "__version__"]
