"""Fields of a head: lower-case names to lists of values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Name = str | bytes
Value = str | bytes | bytearray | memoryview


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


class ResponseHeaders(Headers):
    """The fields of a response until its head goes out: what is changed here goes out."""

    def __init__(self) -> None:
        super().__init__()
        #: How the names were written.
        self._names: dict[bytes, bytes] = {}

    def _load(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Takes the fields of the engine; lists that somebody holds stay the same lists."""
        lines: dict[bytes, list[bytes]] = {}
        self._names = {}
        for name, value in pairs:
            key = name.lower()
            self._names.setdefault(key, name)
            lines.setdefault(key, []).append(value)
        for key in [key for key in self if key not in lines]:
            del self[key]
        for key, values in lines.items():
            kept = self.get(key)
            if isinstance(kept, list):
                kept[:] = values
            else:
                self[key] = values

    def _lines(self) -> list[tuple[bytes, bytes]]:
        """The fields for the engine, which checks them."""
        return list(self._each())

    def _each(self) -> Iterator[tuple[bytes, bytes]]:
        for key, values in self.items():
            name = _raw(key)
            name = self._names.get(name.lower(), name)
            # One value where a list belongs means the same.
            each: Iterable[Value] = (values,) if isinstance(values, Value) else values
            for value in each:
                yield name, _raw(value)


def _raw(value: Value) -> bytes:
    if isinstance(value, str):
        return value.encode("latin-1")
    if isinstance(value, Value):
        return bytes(value)
    raise TypeError(f"a field is str or bytes, not {value!r}")


class HTTPHeader:
    """The head of a request, as it was parsed."""

    __slots__ = ("headers", "is_valid", "method", "url", "version")

    def __init__(self, line: tuple[bytes, bytes, bytes], headers: Headers) -> None:
        self.method, self.url, self.version = line
        self.headers = headers
        self.is_valid = True

    @property
    def line(self) -> bytes:
        """The request line."""
        return b"%s %s HTTP/%s" % (self.method, self.url, self.version)

    @property
    def is_request(self) -> bool:
        """Whether it is the head of a request."""
        return True

    def getheaders(self) -> list[tuple[bytes, bytes]]:
        """Names and values, one pair for each field."""
        return [(name, value) for name, values in self.headers.items() for value in values]

    def gethost(self) -> bytes | None:
        """The value of `Host`."""
        values = self.headers.get(b"host")
        return values[0] if values else None
