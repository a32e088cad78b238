"""A transport of `httpx`. The only module that imports `httpx`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from types import TracebackType
from typing import Any, Self

import httpcore
import httpx

from ._local import DEFAULT_CLIENT, Client, LocalServer, ServerThread, greeting


class TremoloTransport(httpx.AsyncBaseTransport, httpx.BaseTransport):
    """Serves an application for an `httpx.AsyncClient`, in its loop, or for an `httpx.Client`, in a
    thread of its own.

    >>> async with httpx.AsyncClient(
    ...     transport=TremoloTransport(app), base_url="http://test"
    ... ) as client:
    ...     assert (await client.get("/hello")).text == "Hello World!"

    The server starts with the `with` block, or with the first request, and ends when the client is
    closed. The hooks of the application run, and an exception of a hook is raised there.
    Connections are kept and used again. Responses arrive piece by piece (`client.stream`). A URL
    with `https` is not encrypted.

    `client` is the address that requests come from, or `None` for a Unix socket. The other options
    are those of `Application.serve`; an application of ASGI also has those of `tremolo.run`.
    """

    def __init__(self, app: Any, *, client: Client = DEFAULT_CLIENT, **options: Any) -> None:
        self._server = LocalServer(app, options)
        self._client = client
        self._async_pool: httpcore.AsyncConnectionPool | None = None
        self._pool: httpcore.ConnectionPool | None = None
        self._thread: ServerThread | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request, and returns its response when the head has come."""
        pool = await self._async_started()
        with _errors_of_httpx():
            response = await pool.handle_async_request(_translated(request))
        assert isinstance(response.stream, AsyncIterable)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_AsyncBody(response.stream),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Closes the connections, and ends the server."""
        pool, self._async_pool = self._async_pool, None
        if pool is not None:
            await pool.aclose()
            await self._server.stop()

    async def __aenter__(self) -> Self:
        await self._async_started()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose()

    async def _async_started(self) -> httpcore.AsyncConnectionPool:
        if self._async_pool is None:
            await self._server.start()
            self._async_pool = httpcore.AsyncConnectionPool(
                uds=self._server.path, network_backend=_AsyncBackend(self._client)
            )
        return self._async_pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends a request, and returns its response when the head has come."""
        pool = self._started()
        with _errors_of_httpx():
            response = pool.handle_request(_translated(request))
        assert isinstance(response.stream, Iterable)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response.stream),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Closes the connections, and ends the server."""
        pool, self._pool = self._pool, None
        if pool is not None and self._thread is not None:
            pool.close()
            self._thread.stop()

    def __enter__(self) -> Self:
        self._started()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.close()

    def _started(self) -> httpcore.ConnectionPool:
        if self._pool is None:
            self._thread = ServerThread(self._server)
            self._thread.start()
            self._pool = httpcore.ConnectionPool(
                uds=self._server.path, network_backend=_Backend(self._client)
            )
        return self._pool


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, stream: AsyncIterable[bytes]) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx():
            async for piece in self._stream:
                yield piece

    async def aclose(self) -> None:
        if hasattr(self._stream, "aclose"):
            await self._stream.aclose()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with _errors_of_httpx():
            yield from self._stream

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


class _AsyncBackend(httpcore.AnyIOBackend):
    """Connects to a Unix socket, as a client with an address."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - of the base class
        socket_options: Any = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await super().connect_unix_socket(path, timeout, socket_options)
        await stream.write(greeting(self._client))
        return stream


class _Backend(httpcore.SyncBackend):
    """The same without a loop."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.NetworkStream:
        stream = super().connect_unix_socket(path, timeout, socket_options)
        stream.write(greeting(self._client))
        return stream


def _translated(request: httpx.Request) -> httpcore.Request:
    """The request as `httpcore` takes it."""
    url = httpcore.URL(
        scheme=b"http",
        host=request.url.raw_host,
        port=request.url.port,
        target=request.url.raw_path,
    )
    return httpcore.Request(
        request.method,
        url,
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )


@contextlib.contextmanager
def _errors_of_httpx() -> Iterator[None]:
    """The errors of `httpcore` as those of `httpx`, which have the same names."""
    try:
        yield
    except Exception as error:
        kind = getattr(httpx, type(error).__name__, None)
        if type(error).__module__.startswith("httpcore") and kind is not None:
            raise kind(str(error)) from error
        raise
