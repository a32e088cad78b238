"""The URL and the body of a request."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict
from urllib.parse import quote, urlencode

#: Names and values: a mapping, whose values may be lists, or pairs.
Pairs = Mapping[str, Any] | Sequence[tuple[str, Any]]

#: Files of a form by their name: the name of the file, its content, and its type.
Files = Mapping[str, tuple[str, bytes | str] | tuple[str, bytes | str, str]]

#: A body; pieces are sent one by one, in chunks.
Content = bytes | str | Iterable[bytes]


class Arguments(TypedDict, total=False):
    """The arguments of a request: see `TestClient.request`."""

    params: Pairs | None
    headers: Mapping[str, str] | None
    content: Content | None
    data: Pairs | None
    files: Files | None
    json: Any


def target(path: str, params: Pairs | None) -> str:
    """The URL of a request line; characters that a URL cannot have are percent-encoded."""
    path = quote(path, safe="%/:?#[]@!$&'()*+,;=~")
    if not params:
        return path
    return f"{path}{'&' if '?' in path else '?'}{urlencode(params, doseq=True)}"


def encoded(
    content: Content | None, data: Pairs | None, files: Files | None, value: Any
) -> tuple[Content | None, str | None]:
    """The body, and its media type: of `content`, a form, a form with files, or JSON."""
    if files is not None:
        return _multipart(data or {}, files)
    if data is not None:
        return urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded"
    if value is not None:
        return json.dumps(value).encode(), "application/json"
    return (content.encode() if isinstance(content, str) else content), None


def _multipart(data: Pairs, files: Files) -> tuple[bytes, str]:
    boundary = secrets.token_hex(16)
    body = bytearray()

    def add(head: str, payload: bytes | str) -> None:
        raw = payload.encode() if isinstance(payload, str) else payload
        body.extend(f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode())
        body.extend(raw + b"\r\n")

    for name, value in data.items() if isinstance(data, Mapping) else data:
        add(f'name="{_quoted(name)}"', value if isinstance(value, bytes) else str(value))
    for name, (filename, payload, *kind) in files.items():
        head = f'name="{_quoted(name)}"; filename="{_quoted(filename)}"'
        media_type = kind[0] if kind else "application/octet-stream"
        add(f"{head}\r\nContent-Type: {media_type}", payload)
    body.extend(f"--{boundary}--\r\n".encode())
    return bytes(body), f"multipart/form-data; boundary={boundary}"


def _quoted(name: str) -> str:
    """As browsers do it (WHATWG HTML)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
