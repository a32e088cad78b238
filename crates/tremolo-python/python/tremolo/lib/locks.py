"""The type of the argument `lock`, by another name."""

from .._lock import ServerLock

__all__ = ["ServerLock"]
