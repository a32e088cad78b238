"""What an RSGI application knows of a request, made from the scope of ASGI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Headers:
    """The fields of a request: names in lower case, and texts of ISO-8859-1. It is like a mapping
    to the first value of each name, but `values` and `items` have all of them."""

    __slots__ = ("_fields",)

    def __init__(self, fields: list[tuple[bytes, bytes]]) -> None:
        self._fields = [(name.decode("latin-1"), text.decode("latin-1")) for name, text in fields]

    def keys(self) -> list[str]:
        """Each name once."""
        return list(dict(self._fields))

    def values(self) -> list[str]:
        """The values of all fields."""
        return [value for _, value in self._fields]

    def items(self) -> list[tuple[str, str]]:
        """All fields."""
        return list(self._fields)

    def get(self, key: str, default: Any = None) -> Any:
        """The first value of a name."""
        return next(iter(self.get_all(key)), default)

    def get_all(self, key: str) -> list[str]:
        """All values of a name."""
        key = key.lower()
        return [value for name, value in self._fields if name == key]

    def __getitem__(self, key: str) -> str:
        for value in self.get_all(key):
            return value
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and bool(self.get_all(key))

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def __repr__(self) -> str:
        return f"Headers({self._fields!r})"


class Scope:
    """A request. `proto` is `http` or `ws`."""

    __slots__ = (
        "authority", "client", "headers", "http_version", "method", "path", "proto",
        "query_string", "rsgi_version", "scheme", "server",
    )  # fmt: skip

    def __init__(self, scope: Any) -> None:
        self.proto = "http" if scope["type"] == "http" else "ws"
        self.http_version: str = scope["http_version"]
        self.rsgi_version = "1.6"
        self.server = _address(scope["server"])
        self.client = _address(scope["client"])
        self.scheme = "https" if scope["scheme"] in ("https", "wss") else "http"
        #: The handshake of a WebSocket is a GET.
        self.method: str = scope.get("method", "GET")
        self.path: str = scope["path"]
        self.query_string: str = scope["query_string"].decode("latin-1")
        self.headers = Headers(scope["headers"])
        #: Of HTTP/2.
        self.authority: str | None = None


def _address(address: tuple[str, int | None] | None) -> str:
    """A host and a port; of a Unix socket its path."""
    if address is None:
        return ""
    host, port = address
    if port is None:
        return host
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
