"""The `protocol` of a request."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..asgi import ClientDisconnected
from ._messages import Sender

if TYPE_CHECKING:
    from ..asgi import Receive, Send

#: The fields of a response.
Fields = list[tuple[str, str]]


class HTTPProtocol:
    """Receives the body of a request, and sends one response."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._sender = Sender(send)
        self._is_body_read = False
        self._is_answered = False
        #: Sends what is left when the application has returned.
        self._send_rest: Callable[[], Coroutine[Any, Any, None]] | None = None

    async def __call__(self) -> bytes:
        """The whole body."""
        return b"".join([piece async for piece in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body in pieces, as they arrive. A `ClientDisconnected` if the client goes before its
        end."""
        if self._is_body_read:
            raise RuntimeError("the body was read already")
        self._is_body_read = True
        has_more = True
        while has_more:
            event = await self._receive()
            if event["type"] == "http.disconnect":
                raise ClientDisconnected("the client has gone")
            has_more = event["more_body"]
            if event["body"]:
                yield event["body"]

    async def client_disconnect(self) -> None:
        """Waits until the client has gone, or the response is complete. A body that was not read
        is discarded."""
        self._is_body_read = True
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def response_empty(self, status: int, headers: Fields) -> None:
        """Responds without a body."""
        self.response_bytes(status, headers, b"")

    def response_str(self, status: int, headers: Fields, body: str) -> None:
        """Responds with a text in UTF-8."""
        self.response_bytes(status, headers, body.encode())

    def response_bytes(self, status: int, headers: Fields, body: bytes) -> None:
        """Responds with a body."""
        self._begin(status, headers)
        self._sender.put({"type": "http.response.body", "body": body})

    def response_file(self, status: int, headers: Fields, file: str) -> None:
        """Responds with a file, or with 404 if there is none."""
        if self._is_file(file):
            self._begin(status, headers)
            path = os.path.abspath(file)
            self._sender.put({"type": "http.response.pathsend", "path": path})

    def response_file_range(
        self, status: int, headers: Fields, file: str, start: int, end: int
    ) -> None:
        """Responds with the bytes of a file from `start` to `end`, which is the first one that is
        left out. They are sent when the application has returned."""
        if self._is_file(file):
            self._begin(status, headers)
            self._send_rest = functools.partial(self._send_range, file, start, end)

    def response_stream(self, status: int, headers: Fields) -> HTTPStreamTransport:
        """Begins a response whose body is sent in pieces. It ends when the application returns."""
        self._begin(status, headers)
        self._send_rest = self._end
        return HTTPStreamTransport(self._send)

    def _is_file(self, file: str) -> bool:
        if os.path.isfile(file):
            return True
        self.response_str(404, [("content-type", "text/plain")], "Not found")
        return False

    def _begin(self, status: int, headers: Fields) -> None:
        if self._is_answered:
            raise RuntimeError("the response was sent already")
        self._is_answered = True
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self._sender.put({"type": "http.response.start", "status": status, "headers": fields})

    async def _send_range(self, file: str, start: int, end: int) -> None:
        with await asyncio.to_thread(Path(file).open, "rb") as source:
            source.seek(start)
            while start < end:
                piece = await asyncio.to_thread(source.read, min(end - start, PIECE))
                if not piece:
                    raise EOFError(f"{file} ends before {end}")
                await HTTPStreamTransport(self._send).send_bytes(piece)
                start += len(piece)
        await self._end()

    async def _end(self) -> None:
        await self._send({"type": "http.response.body"})

    async def _finish(self) -> None:
        """The application has returned."""
        if not self._is_answered:
            raise RuntimeError("the RSGI application has sent no response")
        await self._sender.finish()
        if self._send_rest is not None:
            await self._send_rest()


class HTTPStreamTransport:
    """Sends the body of a response. A `ClientDisconnected` if the client has gone."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def send_bytes(self, data: bytes) -> None:
        """Sends a piece, and waits while the client does not take more."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def send_str(self, data: str) -> None:
        """Sends a piece in UTF-8."""
        await self.send_bytes(data.encode())


#: Bytes of a file that are read at a time.
PIECE = 256 << 10
