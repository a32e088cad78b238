"""Fields of a head: lower-case names to lists of values."""

from __future__ import annotations

from collections.abc import Iterable

Name = str | bytes


def _key(name: Name) -> bytes:
    return (name.encode("latin-1") if isinstance(name, str) else name).lower()


class Headers(dict[bytes, list[bytes]]):
    """A dictionary of lists; names are bytes in lower case."""

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]] = ()) -> None:
        super().__init__()
        for name, value in pairs:
            self.setdefault(name, []).append(value)

    def getlist(self, name: Name, separator: bytes = b",", split: int | None = None) -> list[bytes]:
        """The members of all lines of a list field, in the order of the wire."""
        limit = -1 if split is None else split
        values = (
            member.strip()
            for line in self.get(_key(name), [])
            for member in line.split(separator, limit)
        )
        return [value for value in values if value]
