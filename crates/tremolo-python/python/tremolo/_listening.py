"""Where a server listens: addresses as they are written, each with options of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from . import _options

#: What a listener may have of its own. Everything else is one for all connections together.
OPTIONS = frozenset(
    """
    backlog reuse_port unix_socket_mode proxy_protocol buffer_size client_max_header_size
    client_max_header_fields client_max_body_size discard_limit max_queue_size upload_rate
    download_rate request_timeout keepalive_timeout write_timeout app_handler_timeout
    app_close_timeout lingering_time lingering_timeout
    """.split()
)

#: A host, or none yet, and a port; or a path and no port.
Place = tuple[str | None, int | None]


def place(port: int | str | os.PathLike[str], host: str | None) -> Place:
    """What `listen` was asked for: what is no port is the path of a Unix socket."""
    if isinstance(port, int):
        return host, _checked(port)
    path = os.fspath(port)
    return (path if "/" in path else f"./{path}"), None


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


def is_path(host: str) -> bool:
    """Whether it names a Unix socket."""
    return "/" in host or host.endswith(".sock")


class SocketFiles:
    """The files of Unix sockets; they outlive who made them, unless they are removed."""

    def __init__(self) -> None:
        self._made: list[tuple[str, int, int]] = []

    def note(self, address: str) -> None:
        """Remembers which file belongs to an address that is listened on."""
        if "/" in address:
            status = os.stat(address)
            self._made.append((address, status.st_dev, status.st_ino))

    def remove(self) -> None:
        """Removes them, but for those that others have put in their place."""
        for path, device, inode in self._made:
            try:
                status = os.lstat(path)
                if (status.st_dev, status.st_ino) == (device, inode):
                    os.unlink(path)
            except OSError:
                continue
        self._made.clear()


def _checked(port: int) -> int:
    if isinstance(port, bool) or not 0 <= port <= 0xFFFF:
        raise ValueError(f"port: 0 to 65535, not {port!r}")
    return port
