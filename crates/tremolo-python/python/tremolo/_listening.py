"""Listeners: the addresses of a server, each with its own options."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from . import _options
from ._tremolo import listener_options, single_addresses

#: What a listener may have of its own. Everything else is one for all connections together.
OPTIONS = frozenset(listener_options()) | {_options.SSL}

#: A host, or none yet, and a port; or a path and no port.
Place = tuple[str | None, int | None]


def place(port: int | str | os.PathLike[str], host: str | None) -> Place:
    """The place for the arguments of `listen`: a port, or the path of a Unix socket."""
    if isinstance(port, int):
        return host, _checked(port)
    path = os.fspath(port)
    return (path if "/" in path else f"./{path}"), None


def of_bind(bind: str | Sequence[str] | None) -> list[str]:
    """The addresses of the option `bind`; the program exits with a line if one is wrong."""
    try:
        return parse_bind(bind) if bind else []
    except ValueError as error:
        sys.exit(f"tremolo: {error}")


def parse_bind(bind: str | Sequence[str]) -> list[str]:
    """The addresses in a list, or in a text with commas. A port without a host is that of
    `localhost`."""
    places = [_bound(text.strip()) for text in (bind.split(",") if isinstance(bind, str) else bind)]
    return [address("localhost" if host is None else host, port) for host, port in places]


def _bound(text: str) -> Place:
    host, colon, port = text.rpartition(":")
    if is_path(text) or not colon:
        if not text:
            raise ValueError("bind: an address is empty")
        return place(text, None)
    if not port.isdecimal() or int(port) > 0xFFFF:
        raise ValueError(f"bind: not an address to listen on: {text!r}")
    return host.strip("[]") or None, int(port)


def check(options: Mapping[str, Any]) -> None:
    """Refuses what a listener cannot have of its own."""
    _options.check(options)
    for name in options:
        if name not in OPTIONS:
            raise ValueError(f"{name}: not an option of a single listener; give it to run()")


def address(host: str, port: int | None) -> str:
    """The text that the engine understands."""
    if port is None:
        return host
    if is_path(host):
        return host if "/" in host else f"./{host}"
    return f"[{host}]:{_checked(port)}" if ":" in host else f"{host}:{_checked(port)}"


def expanded(listeners: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The listeners with single sockets in the place of `systemd://`."""
    return {one: own for address, own in listeners.items() for one in single_addresses(address)}


def is_path(host: str) -> bool:
    """Whether it names a Unix socket, or a socket that this process has: `fd://3`, `systemd://`."""
    return "/" in host or host.endswith(".sock")


def host_and_port(listening: str) -> tuple[str, int | None]:
    """Of an address as the server prints it: a URL with a port, or the path of a Unix socket."""
    address = listening.removeprefix("http://").removeprefix("https://")
    host, _, port = address.rpartition(":")
    if address == listening or not port.isdecimal():
        return listening, None
    return host.strip("[]"), int(port)


def _checked(port: int) -> int:
    if isinstance(port, bool) or not 0 <= port <= 0xFFFF:
        raise ValueError(f"port: 0 to 65535, not {port!r}")
    return port
