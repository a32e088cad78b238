"""What is sent to both servers, and which rows of docs/differences.md tell how they differ.

Imported by the applications too: it has to run where only the original is installed.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Case(NamedTuple):
    """One request. Without rows both must answer with the same bytes."""

    name: str
    request: bytes
    rows: tuple[str, ...] = ()


#: Sent right behind every request: its answer shows that the connection is still good, and its
#: `close` brings everything to an end. An application answers `/probe` with `end`.
PROBE = b"GET /probe HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n"


def get(target: str, *rows: str, name: str = "", fields: str = "", version: str = "1.1") -> Case:
    """A GET; `fields` are lines, each with its CRLF."""
    head = f"GET {target} HTTP/{version}\r\nHost: h\r\n{fields}\r\n"
    return Case(name or target.strip("/"), head.encode("latin-1"), rows)


def head(target: str, *rows: str) -> Case:
    """A HEAD."""
    return raw(f"{target.strip('/')}-head", f"HEAD {target} HTTP/1.1\r\nHost: h\r\n\r\n", *rows)


def old(target: str, *rows: str) -> Case:
    """A GET of HTTP/1.0."""
    return get(target, *rows, name=f"{target.strip('/')}-1.0", version="1.0")


def post(target: str, name: str, body: str, *rows: str, fields: str = "") -> Case:
    """A POST: with `Content-Length`, unless `fields` say how the body is framed."""
    fields = fields or f"Content-Length: {len(body)}\r\n"
    return raw(name, f"POST {target} HTTP/1.1\r\nHost: h\r\n{fields}\r\n{body}", *rows)


def raw(name: str, request: str, *rows: str) -> Case:
    """Bytes as they are, one per character."""
    return Case(name, request.encode("latin-1"), rows)


def with_rows(cases: Iterable[Case], rows: Mapping[str, str]) -> list[Case]:
    """The cases with their rows; each row has the names of the cases that it covers."""
    given: dict[str, tuple[str, ...]] = {case.name: () for case in cases}
    for row, names in rows.items():
        for name in names.split():
            given[name] += (row,)
    return [case._replace(rows=given[case.name]) for case in cases]
