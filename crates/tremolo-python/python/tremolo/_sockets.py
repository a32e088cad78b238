"""Bound sockets, for programs that make their own: `Application.create_sock`."""

from __future__ import annotations

import contextlib
import os
import socket
import stat


def bound(host: str, port: int, reuse_port: bool) -> socket.socket:
    """A socket that is bound and does not listen yet.

    A name with a slash, or one that no host has, is the path of a Unix socket, which ends in
    `.sock`. A stale socket file at this path is replaced.
    """
    if "/" in host or host.endswith(".sock") or not _is_host(host):
        return _bound_to_path(host if host.endswith(".sock") else f"{host}.sock")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            # `::` accepts both families.
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind((host, port))
    except BaseException:
        sock.close()
        raise
    return sock


def close(sock: socket.socket) -> None:
    """Closes a socket; the file of a Unix socket is removed."""
    path = sock.getsockname() if sock.family == socket.AF_UNIX and sock.fileno() >= 0 else None
    sock.close()
    if path:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)


def _is_host(name: str) -> bool:
    try:
        socket.getaddrinfo(name, None)
    except socket.gaierror:
        return False
    return True


def _bound_to_path(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        if _is_stale(path):
            os.unlink(path)
        sock.bind(path)
    except BaseException:
        sock.close()
        raise
    return sock


def _is_stale(path: str) -> bool:
    """Whether there is the file of a socket on which no server listens."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return False
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.setblocking(False)
            probe.connect(path)
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False
