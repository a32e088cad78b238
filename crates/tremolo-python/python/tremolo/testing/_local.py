"""A server for tests: without a port, in the running loop or in a thread with a loop of its own."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from typing import Any, Protocol

from .. import _options
from .._loading import NotLoaded, served
from .._running import NotStarted, loop_factory

#: The address of a client: a host and a port. `None`: it connects to a Unix socket.
Client = tuple[str, int] | None

#: The address of a client that is not given.
DEFAULT_CLIENT = ("127.0.0.1", 50_000)


class LocalServer:
    """An application that is served in the running loop, on a Unix socket."""

    def __init__(self, app: Any, options: dict[str, Any]) -> None:
        # A client of a test closes no half of a connection: it has left.
        self._options = {"drain_grace": 0, "half_close": "close", **options}
        if trusted := options.get("trusted_proxies"):
            # The socket, on which connections begin with the address of their client.
            texts = [trusted] if isinstance(trusted, str) else [*trusted]
            self._options["trusted_proxies"] = ",".join([*texts, "unix"])
        try:
            self._app = served(app, repr(app), self._options)
        except NotLoaded as error:
            raise TypeError(str(error)) from None
        _options.check_for_loop(self._options)
        #: The socket, once it is started.
        self.path = ""

    async def start(self) -> None:
        """Starts serving. Raises the exception of a hook that fails."""
        folder = tempfile.mkdtemp(prefix="tremolo-testing-")
        try:
            await self._start(os.path.join(folder, "socket"))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    async def _start(self, path: str) -> None:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
            listening.bind(path)
            listening.listen()
            # The server has a duplicate.
            places = [(listening.fileno(), {"proxy_protocol": True})]
            self._service = await self._app._open(places, self._options)
        ready: asyncio.Future[None] = loop.create_future()
        serving = self._service.serve(
            owns_process=False, ready=lambda _: ready.set_result(None), signals=()
        )
        self._serving = loop.create_task(serving)
        await asyncio.wait((self._serving, ready), return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            await self._serving
            raise NotStarted("the application has not started")
        self.path = path

    async def stop(self) -> None:
        """Lets running requests finish, and runs the hooks of the end."""
        self._service.finish()
        try:
            await self._serving
        finally:
            shutil.rmtree(os.path.dirname(self.path), ignore_errors=True)


class ServerThread:
    """The same in a thread, for tests that are not asynchronous."""

    def __init__(self, server: LocalServer, loop: str | None = None) -> None:
        self._server = server
        self._loop_factory = loop_factory(loop)
        self._started = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="tremolo-testing", daemon=True)

    def start(self) -> None:
        """Starts serving. Raises the exception of a hook that fails."""
        self._thread.start()
        self._started.wait()
        if self._error is not None:
            self._thread.join()
            raise self._error

    def stop(self) -> None:
        """Lets running requests finish, and runs the hooks of the end."""
        # The loop is closed if a handler has ended it.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=self._loop_factory) as runner:
                runner.run(self._serve())
        except BaseException as error:
            self._error = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self._server.start()
        self._started.set()
        await self._stop.wait()
        await self._server.stop()


def connect(path: str, client: Client, timeout: float | None) -> socket.socket:
    """A connection to a server, from the address `client`."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(path)
        connection.sendall(greeting(client))
    except BaseException:
        connection.close()
        raise
    return connection


def greeting(client: Client) -> bytes:
    """What a connection begins with: the header of the PROXY protocol, version 1."""
    if client is None:
        return b"PROXY UNKNOWN\r\n"
    host, port = ipaddress.ip_address(client[0]), int(client[1])
    own = "127.0.0.1" if host.version == 4 else "::1"
    return f"PROXY TCP{host.version} {host} {own} {port} 80\r\n".encode()


@contextlib.contextmanager
def closing_on_error(connection: Closable) -> Iterator[None]:
    """Closes a connection if the block fails."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


class Closable(Protocol):
    """A connection, or a response with one."""

    def close(self) -> None:
        """Closes it."""
