"""The connections of a worker, in the order in which they came."""

from __future__ import annotations

from typing import Any


class KeepAliveConnections(dict[Any, None]):
    """An ordered set with at most `maxlen` members: one more drops the oldest."""

    def __init__(self, maxlen: int = 512) -> None:
        if not isinstance(maxlen, int) or maxlen < 1:
            raise ValueError(f"maxlen: a number of at least 1, not {maxlen!r}")
        super().__init__()
        self._maxlen = maxlen

    def __setitem__(self, item: Any, value: None) -> None:
        super().__setitem__(item, value)
        if len(self) > self._maxlen:
            del self[next(iter(self))]

    def __repr__(self) -> str:
        return repr(self.keys())

    def add(self, item: Any) -> None:
        """Adds a member; one that is there keeps its place."""
        self[item] = None

    def discard(self, item: Any) -> None:
        """Removes a member, if it is there."""
        self.pop(item, None)
