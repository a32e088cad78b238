"""A WebSocket client that sends and reads frames."""

import socket

from tremolo.lib.websocket import WebSocket

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{fields}\r\n"
)


class Client:
    """A connection after the handshake, or the response that refuses it."""

    def __init__(self, address, path="/", fields=""):
        self.socket = socket.create_connection(address, timeout=10)
        self.socket.sendall(HANDSHAKE.format(path=path, fields=fields).encode())
        self.received = b""
        while b"\r\n\r\n" not in self.received:
            self._receive()
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        self.status, *self.fields = head.decode().split("\r\n")

    def __del__(self):
        self.socket.close()

    def _receive(self):
        received = self.socket.recv(1 << 16)
        if not received:
            raise ConnectionError(f"the connection is closed, after {self.received!r}")
        self.received += received

    def take(self, count):
        while len(self.received) < count:
            self._receive()
        taken, self.received = self.received[:count], self.received[count:]
        return taken

    def send(self, payload, fin=1, opcode=None):
        self.socket.sendall(WebSocket.create_frame(payload, fin, opcode, mask=True))

    def frame(self):
        """The next frame: whether it is the last of its message, its opcode, its payload."""
        first, length = self.take(2)
        if length >= 126:
            length = int.from_bytes(self.take(2 if length == 126 else 8))
        return first >> 7, first & 0xF, self.take(length)

    def message(self):
        """The payload of a message in one frame."""
        fin, opcode, payload = self.frame()
        assert fin == 1, payload
        assert opcode in (TEXT, BINARY), (opcode, payload)
        return payload.decode() if opcode == TEXT else payload

    def closed(self):
        """The code and the reason of the close frame."""
        _, opcode, payload = self.frame()
        assert opcode == CLOSE, (opcode, payload)
        return int.from_bytes(payload[:2]), payload[2:].decode()

    def close(self, code=1000, reason=""):
        """The closing handshake. Returns the answer."""
        self.send(code.to_bytes(2) + reason.encode(), opcode=CLOSE)
        answer = self.closed()
        self.is_cut()
        return answer

    def is_cut(self):
        """Waits for the end of the connection."""
        assert self.socket.recv(1) == b""
        self.socket.close()
