"""Heads, and their fields: lower-case names to lists of values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..utils import parse_fields

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

    def getlist(self, name: Name, separator: bytes = b",", split: bytes | None = None) -> list[Any]:
        """The members of all lines of a list field, in the order of the wire.

        With `split`, as `b"="`, they are pairs; see `tremolo.utils.parse_fields`.
        """
        members = (
            member
            for line in self.get(_key(name), [])
            for member in parse_fields(line, separator, split)
        )
        return [member for member in members if member]


class ResponseHeaders(Headers):
    """The fields of a response until its head is sent: changes here change the head."""

    def __init__(self) -> None:
        super().__init__()
        #: How the names were written.
        self._names: dict[bytes, bytes] = {}

    def _load(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        """Takes the fields of the engine; lists that are in use stay the same objects."""
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
    """The head of a message: `parse` fills in a new one, and sets `is_valid`."""

    __slots__ = ("headers", "is_valid", "line", "method", "url", "version")

    def __init__(self) -> None:
        self.is_valid = False
        self.line: bytes | None = None
        self.method: bytes | None = None
        self.url: bytes | None = None
        self.version: bytes | None = None
        self.headers = Headers()

    @classmethod
    def _of(cls, line: tuple[bytes, bytes, bytes], headers: Headers) -> HTTPHeader:
        """The head of a request, from the engine."""
        header = cls()
        header.method, header.url, header.version = line
        header.line = b"%s %s HTTP/%s" % line
        header.headers, header.is_valid = headers, True
        return header

    @property
    def is_request(self) -> bool:
        """Whether the first line was that of a request."""
        return self.method is not None and self.url is not None

    def parse(
        self,
        data: bytes | bytearray,
        header_size: int = 0,
        max_lines: int = 100,
        max_line_size: int = 8190,
    ) -> HTTPHeader:
        """Reads a head, up to its empty line or `header_size`; a second call returns a new one."""
        if self.line is not None:
            return HTTPHeader().parse(data, header_size, max_lines, max_line_size)
        if not data:
            return self
        head, _, _ = bytes(data[: header_size or None]).partition(b"\r\n\r\n")
        self.line, *lines = head.removesuffix(b"\r\n").split(b"\r\n")
        safe = all(
            len(line) <= max_line_size and not _UNSAFE.search(line) for line in (self.line, *lines)
        )
        if found := _REQUEST_LINE.fullmatch(self.line):
            self.method, self.url, version = found.groups()
            self.version = version if version in (b"1.0", b"1.1") else b"1.0"
        fields = [_FIELD_LINE.fullmatch(line) for line in lines[: max_lines - 1]]
        for field in filter(None, fields):
            self.headers.setdefault(field[1].lower(), []).append(field[2])
        hosts = len(self.headers.get(b"host", ()))
        self.is_valid = (
            found is not None
            and found[3] == self.version
            and safe
            and all(fields)
            and len(lines) < max_lines
            and (hosts == 1 or (hosts == 0 and self.version == b"1.0"))
        )
        return self

    def getheaders(self) -> list[tuple[bytes, bytes]]:
        """All fields, a pair for each line."""
        return [(name, value) for name, values in self.headers.items() for value in values]

    def gethost(self) -> bytes | None:
        """The first `Host`."""
        return next(iter(self.headers.get(b"host", ())), None)


_UNSAFE = re.compile(rb"[\r\n\0]")
_REQUEST_LINE = re.compile(rb"([^ ]+) (.+) HTTP/(.*)")
_FIELD_LINE = re.compile(rb"([!#-'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", re.DOTALL)
