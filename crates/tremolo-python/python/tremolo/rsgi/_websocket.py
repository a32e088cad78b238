"""The `protocol` of a WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ._messages import Sender

if TYPE_CHECKING:
    from ..asgi import Receive, Send


class WebsocketMessage(NamedTuple):
    """What a client has sent. `kind` is 1 for bytes, 2 for text, 0 if the WebSocket is closed."""

    kind: int
    data: bytes | str | None


class WebsocketProtocol:
    """Accepts a WebSocket, or refuses it."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._sender = Sender(send)
        self._is_accepted = False
        self._is_over = False

    async def accept(self) -> WebsocketTransport:
        """Accepts it."""
        await self._receive()
        await self._send({"type": "websocket.accept"})
        self._is_accepted = True
        return WebsocketTransport(self)

    def close(self, status: int | None = None) -> None:
        """Closes it, with 1000. If it was not accepted, the response has this status, or 403."""
        if self._is_over:
            return
        self._is_over = True
        if self._is_accepted or status in (None, 403):
            self._sender.put({"type": "websocket.close"})
            return
        start = {"type": "websocket.http.response.start", "status": status, "headers": []}
        self._sender.put(start)
        self._sender.put({"type": "websocket.http.response.body"})

    async def _finish(self) -> None:
        """The application has returned."""
        self.close()
        await self._sender.finish()


class WebsocketTransport:
    """Messages of a WebSocket that was accepted."""

    def __init__(self, protocol: WebsocketProtocol) -> None:
        self._protocol = protocol

    async def receive(self) -> WebsocketMessage:
        """Waits for a message."""
        event: Any = await self._protocol._receive()
        if event["type"] == "websocket.disconnect":
            self._protocol._is_over = True
            return WebsocketMessage(0, None)
        text = event.get("text")
        return WebsocketMessage(1, event["bytes"]) if text is None else WebsocketMessage(2, text)

    async def send_bytes(self, data: bytes) -> None:
        """Sends bytes. An `OSError` if the WebSocket is closed."""
        await self._protocol._send({"type": "websocket.send", "bytes": data})

    async def send_str(self, data: str) -> None:
        """Sends text. An `OSError` if the WebSocket is closed."""
        await self._protocol._send({"type": "websocket.send", "text": data})
