"""A call of a WSGI application on a thread: `start_response`, the body, and `wsgi.input`."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any

from .._streams import END

if TYPE_CHECKING:
    from .._tremolo import Request, Response


class Call:
    """A call: made in the loop, run on a thread, finished in the loop."""

    def __init__(
        self, request: Request, response: Response, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._request = request
        self._response = response
        self._loop = loop
        #: The status and the headers, until they are sent.
        self._head: tuple[str, list[tuple[str, str]]] | None = None
        self._is_sent = False

    def input(self) -> io.BufferedIOBase:
        """The body of the request."""
        if not self._request.has_body:
            return io.BytesIO()
        return io.BufferedReader(_Input(self._request, self._wait), BUFFER)

    def run(self, app: Callable[..., Iterable[bytes]], environ: dict[str, Any]) -> bytes | None:
        """Calls the application on a thread. Returns the body if it was not sent in pieces."""
        body = app(environ, self._start_response)
        try:
            if isinstance(body, list | tuple) and not self._is_sent:
                self._check_started()
                return body[0] if len(body) == 1 else b"".join(body)
            for piece in body:
                if piece:
                    self._write(piece)
        finally:
            if hasattr(body, "close"):
                body.close()
        self._check_started()
        return None if self._is_sent else b""

    async def finish(self, body: bytes | None) -> object:
        """Sends what is left, in the loop."""
        if body is None:
            return END
        self._set_head()
        return body

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        try:
            if exc_info is not None and self._is_sent:
                raise exc_info[1].with_traceback(exc_info[2])
        finally:
            exc_info, is_error = None, exc_info is not None
        if self._head is not None and not is_error:
            raise RuntimeError("start_response was called twice")
        self._head = (status, list(headers))
        return self._write

    def _check_started(self) -> None:
        if self._head is None:
            raise RuntimeError("the WSGI application has not called start_response")

    def _write(self, piece: bytes) -> None:
        """Sends a piece, and waits while the client takes no more."""
        if not isinstance(piece, bytes):
            raise TypeError(f"a body of WSGI is bytes, not {type(piece).__name__}")
        self._check_started()
        self._wait(self._send(piece))

    async def _send(self, piece: bytes) -> None:
        if not self._is_sent:
            self._set_head()
            self._is_sent = True
        await self._response.write(piece)

    def _set_head(self) -> None:
        if self._head is None:
            return
        status, headers = self._head
        code, _, reason = status.partition(" ")
        self._response.set_status(int(code), reason or None)
        for name, value in headers:
            self._response.append_header(name, value)

    def _wait(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


class _Input(io.RawIOBase):
    """The body of a request, read from a thread as it arrives."""

    def __init__(self, request: Request, wait: Callable[[Any], Any]) -> None:
        self._request = request
        self._wait = wait
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Waits for a piece of the body; 0 at its end."""
        if not self._left:
            self._left = memoryview(self._wait(self._read()))
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count

    async def _read(self) -> bytes:
        return await self._request.read()


#: Bytes that `wsgi.input` reads ahead.
BUFFER = 65_536
