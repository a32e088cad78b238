"""The WebSockets of a test (RFC 6455)."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from types import TracebackType
from typing import Any, ClassVar, Self

from ._response import Response

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class WebSocketClosed(Exception):
    """The server has closed the WebSocket, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        #: 1005: a close frame without a code; 1006: the connection has ended without one.
        self.code = code
        self.reason = reason


class WebSocketRefused(Exception):
    """The server has answered the handshake with another response."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"{response.status_code} {response.reason}")
        self.response = response


class WebSocketSession:
    """An open WebSocket, from `TestClient.websocket_connect`. Pings are answered.

    The end of the `with` block closes it with 1000, if it is open.
    """

    #: The key is that of the example in section 1.3.
    HANDSHAKE: ClassVar[dict[str, str]] = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }

    def __init__(
        self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse
    ) -> None:
        if response.status != 101:
            refusal = Response(response, connection)
            _ = refusal.content
            raise WebSocketRefused(refusal)
        assert response.headers["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        self._connection = connection
        self._socket: socket.socket = connection.sock
        # What came behind the head is in its buffer.
        self._reader = response.fp
        #: The fields of the response.
        self.headers = response.headers
        #: The subprotocol that the server has chosen.
        self.subprotocol: str | None = response.headers["Sec-WebSocket-Protocol"]
        #: The code and the reason of the server's close frame; `None` while it is open.
        self.close_code: int | None = None
        self.close_reason = ""

    def send(self, message: str | bytes) -> None:
        """Sends a text or bytes."""
        if isinstance(message, str):
            self._send(TEXT, message.encode())
        else:
            self._send(BINARY, message)

    def send_json(self, value: Any) -> None:
        """Sends a text that is JSON."""
        self.send(json.dumps(value))

    def ping(self, payload: bytes = b"") -> None:
        """Sends a ping. Its pong is not reported."""
        self._send(PING, payload)

    def receive(self) -> str | bytes:
        """Waits for the next message. `WebSocketClosed` if the server closes before."""
        kind, message = 0, bytearray()
        while True:
            opcode, is_last, payload = self._frame()
            if opcode == CLOSE:
                self._end(payload)
            elif opcode == PING:
                self._send(PONG, payload)
            elif opcode != PONG:
                kind = opcode or kind
                message += payload
                if is_last:
                    return message.decode() if kind == TEXT else bytes(message)

    def receive_json(self) -> Any:
        """Waits for the next message, which is JSON."""
        return json.loads(self.receive())

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Closes the WebSocket, and waits for the close frame of the server. Messages before it are
        dropped."""
        if self.close_code is None:
            with contextlib.suppress(WebSocketClosed, OSError):
                self._send(CLOSE, code.to_bytes(2) + reason.encode())
                while True:
                    self.receive()
        self.abort()

    def abort(self) -> None:
        """The client leaves, without a close frame."""
        self._connection.close()

    def _send(self, opcode: int, payload: bytes) -> None:
        head = bytearray([0x80 | opcode])
        if len(payload) < 126:
            head.append(0x80 | len(payload))
        elif len(payload) < 1 << 16:
            head += bytes([0x80 | 126]) + len(payload).to_bytes(2)
        else:
            head += bytes([0x80 | 127]) + len(payload).to_bytes(8)
        # A test needs no random key: with this one the payload stays as it is.
        self._socket.sendall(bytes(head) + bytes(4) + payload)

    def _frame(self) -> tuple[int, bool, bytes]:
        """The opcode of the next frame, whether it is the last one of its message, its payload."""
        if self.close_code is not None:
            raise WebSocketClosed(self.close_code, self.close_reason)
        first, length = self._take(2)
        if length >= 126:
            length = int.from_bytes(self._take(2 if length == 126 else 8))
        return first & 0xF, first >> 7 == 1, self._take(length)

    def _take(self, count: int) -> bytes:
        try:
            taken = self._reader.read(count)
        except (OSError, ValueError):
            # It was reset, or this client has closed it.
            taken = b""
        if len(taken) < count:
            self.close_code = 1006
            raise WebSocketClosed(1006, "")
        return taken

    def _end(self, payload: bytes) -> None:
        self.close_code = int.from_bytes(payload[:2]) if payload else 1005
        self.close_reason = payload[2:].decode()
        with contextlib.suppress(OSError):
            # The server may have closed the connection already.
            self._send(CLOSE, payload[:2])
        raise WebSocketClosed(self.close_code, self.close_reason)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()
