"""WebSockets: handshakes, messages, violations, and the end."""

from typing import Any

from case import Case, with_rows
from rows import (
    BAD_HANDSHAKE,
    CLOSE_ANSWER,
    EMPTY_MESSAGES,
    FRAME_RULES,
    PAGES,
    PING_BETWEEN,
    RESERVED_OPCODE,
    SOCKET_END,
    SOCKET_UTF8,
    UPGRADE_LIST,
    UPGRADED_HEAD,
)
from tremolo import Application
from tremolo.exceptions import WebSocketServerClosed

app = Application()


@app.route("/echo")
async def echo(response: Any, websocket: Any = None) -> None:
    if websocket is None:
        await response.end(b"plain")
        return
    async for message in websocket:
        await websocket.send(message)


@app.route("/closes")
async def closes(websocket: Any = None) -> None:
    await websocket.accept()
    await websocket.close(4000)


@app.route("/returns")
async def returns(websocket: Any = None) -> None:
    await websocket.accept()
    await websocket.receive()


@app.route("/fails")
async def fails(websocket: Any = None) -> None:
    await websocket.accept()
    await websocket.receive()
    raise ValueError("why")


@app.route("/own-code")
async def own_code(websocket: Any = None) -> None:
    await websocket.accept()
    await websocket.receive()
    raise WebSocketServerClosed("why", code=4001)


@app.route("/kinds")
async def kinds(websocket: Any = None) -> None:
    await websocket.accept()
    await websocket.receive()
    await websocket.send("text")
    await websocket.send(b"bytes")
    await websocket.send("one", fin=0)
    await websocket.send(b"two", opcode=0)
    await websocket.ping(b"ping")
    await websocket.pong(b"pong")
    await websocket.close()


@app.route("/probe")
async def probe(response: Any) -> None:
    await response.end(b"probe")


FIELDS = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


def frame(opcode: int, payload: bytes, first: int = 0x80, mask: bytes = b"mask") -> bytes:
    """A masked frame; with another key, `b""`, one without a mask."""
    length = len(payload)
    size = bytes([length]) if length < 126 else b"\x7e" + length.to_bytes(2, "big")
    if not mask:
        return bytes([first | opcode]) + size + payload
    masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return bytes([first | opcode, size[0] | 0x80]) + size[1:] + mask + masked


def close(code: int | None = 1000, reason: bytes = b"") -> bytes:
    return frame(8, code.to_bytes(2, "big") + reason if code is not None else b"")


def opened(name: str, *frames: bytes, path: str = "/echo") -> Case:
    """A handshake and the frames behind it."""
    head = "".join(f"{field}: {value}\r\n" for field, value in FIELDS.items())
    request = f"GET {path} HTTP/1.1\r\nHost: h\r\n{head}\r\n"
    return Case(name, request.encode() + b"".join(frames))


def shaken(name: str, line: str = "GET /echo HTTP/1.1", **changed: str | None) -> Case:
    """A handshake with other fields."""
    fields = {**FIELDS, **{name.replace("_", "-"): value for name, value in changed.items()}}
    head = "".join(f"{field}: {value}\r\n" for field, value in fields.items() if value is not None)
    return Case(name, f"{line}\r\nHost: h\r\n{head}\r\n".encode())


HELLO = frame(1, b"hello")

CASES = with_rows(
    (
        opened("text", HELLO, close()),
        opened("binary", frame(2, b"\x00\xff"), close()),
        opened("long", frame(2, b"x" * 300), close()),
        opened("empty", frame(1, b""), HELLO, close()),
        opened("fragments", frame(1, b"a", 0), frame(0, b"b", 0), frame(0, b"c"), close()),
        opened("ping", frame(9, b"p"), HELLO, close()),
        opened("pong", frame(10, b"p"), HELLO, close()),
        opened("ping-between", frame(1, b"a", 0), frame(9, b"p"), frame(0, b"b"), close()),
        opened("unmasked", frame(1, b"hello", mask=b""), close()),
        opened("reserved-bit", frame(1, b"hello", 0xC0), close()),
        opened("long-ping", frame(9, b"p" * 126), close()),
        opened("cut-ping", frame(9, b"p", 0), HELLO, close()),
        opened("opcode-3", frame(3, b"x"), close()),
        opened("bad-continuation", frame(0, b"x"), close()),
        opened("bad-start", frame(1, b"a", 0), frame(1, b"b"), close()),
        opened("bad-text", frame(1, b"\xff"), close()),
        opened("close-1001", close(1001, b"bye")),
        opened("close-4000", close(4000)),
        opened("close-none", close(None)),
        opened("close-1005", close(1005)),
        opened("close-byte", frame(8, b"x")),
        opened("closes", close(4000), path="/closes"),
        opened("kinds", HELLO, close(), path="/kinds"),
        opened("returns", HELLO, close(), path="/returns"),
        opened("fails", HELLO, close(1011), path="/fails"),
        opened("own-code", HELLO, close(4001), path="/own-code"),
        shaken("plain", Upgrade=None),
        shaken("list", Upgrade="h2c, websocket"),
        shaken("no-connection", Connection=None),
        shaken("version-8", Sec_WebSocket_Version="8"),
        shaken("no-version", Sec_WebSocket_Version=None),
        shaken("no-key", Sec_WebSocket_Key=None),
        shaken("short-key", Sec_WebSocket_Key="abc"),
        shaken("post", "POST /echo HTTP/1.1"),
        shaken("old", "GET /echo HTTP/1.0"),
    ),
    {
        UPGRADED_HEAD: "text binary long empty fragments ping pong ping-between unmasked "
        "reserved-bit long-ping cut-ping opcode-3 bad-continuation bad-start bad-text close-1001 "
        "close-4000 close-none close-1005 close-byte closes kinds returns fails own-code",
        EMPTY_MESSAGES: "empty",
        PING_BETWEEN: "ping-between",
        FRAME_RULES: "unmasked reserved-bit long-ping cut-ping",
        RESERVED_OPCODE: "opcode-3",
        SOCKET_UTF8: "bad-text",
        CLOSE_ANSWER: "close-1001 close-4000 close-none close-1005 close-byte",
        SOCKET_END: "returns fails",
        UPGRADE_LIST: "list",
        BAD_HANDSHAKE: "no-connection version-8 no-version no-key short-key post old",
        PAGES: "version-8 no-version no-key short-key post",
    },
)
