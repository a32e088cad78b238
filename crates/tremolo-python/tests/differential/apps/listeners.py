"""A second listener with options of its own, and hooks of connections, which this one has too."""

import asyncio
import socket
from typing import Any

from case import get, with_rows
from rows import BODY_LIMIT
from tremolo import Application

app = Application()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


PORT = free_port()
LISTENED = [
    app.listen(PORT, "127.0.0.1", client_max_body_size=4),
    app.listen(PORT, "127.0.0.1"),
]


@app.on_connect
async def connect(context: Any, **server: Any) -> None:
    context.order = ["connect"]


@app.on_close
async def first(context: Any, globals: Any, **server: Any) -> None:  # noqa: A002
    globals.closed = [*context.order, "first"]


@app.on_close()
async def second(context: Any, **server: Any) -> None:
    context.order.append("second")


@app.on_close(priority=1)
async def earliest(context: Any, **server: Any) -> None:
    context.order.append("earliest")


@app.on_close(priority=1000)
async def latest(globals: Any, **server: Any) -> bool:  # noqa: A002
    globals.closed = [*globals.closed, "latest"]
    # The others are connections of the test.
    if (ended := globals.get("ended")) is not None:
        ended.set()
    return True


@app.on_close(priority=1001)
async def never(globals: Any, **server: Any) -> None:  # noqa: A002
    globals.closed = [*globals.closed, "never"]


async def first_line(port: int, request: bytes) -> bytes:
    """The first line of what a listener answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line


@app.route("/body")
async def body(request: Any, response: Any) -> None:
    await response.end(bytes(await request.body()))


@app.route("/listened")
async def listened(response: Any) -> None:
    await response.end(repr([LISTENED, ("127.0.0.1", PORT) in app.ports]).encode())


@app.route("/other")
async def other(response: Any) -> None:
    head = b"POST /body HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s"
    said = [await first_line(PORT, head % (len(data), data)) for data in (b"four", b"fives")]
    await response.end(repr([line.split()[1] for line in said]).encode())


@app.route("/closed")
async def closed(request: Any, response: Any, globals: Any, **server: Any) -> None:  # noqa: A002
    """What the hooks have noted of a connection that this handler makes and that ends."""
    globals.ended = asyncio.Event()
    port = request.server.transport.get_extra_info("sockname")[1]
    await first_line(port, b"GET /listened HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    await globals.ended.wait()
    await response.end(repr(globals.closed).encode())


#: In one process the original listens on one address only.
OPTIONS = {"worker_num": 1}

CASES = with_rows(
    [get(f"/{path}") for path in ("listened", "other", "closed")],
    {BODY_LIMIT: "other"},
)
