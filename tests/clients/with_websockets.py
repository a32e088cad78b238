"""`websockets` against the echo: texts, bytes, fragments, pings, compression, and close codes.

Argument: the address of the example `websocket_echo`, with the path.
"""

import asyncio
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus


async def main(address: str) -> None:
    uri = address.replace("http", "ws")
    async with connect(uri, max_size=None) as socket:
        for message in ["", "grüße", b"\0\xff", "long " * 100_000, bytes(range(256)) * 1_000]:
            await socket.send(message)
            assert await socket.recv() == message
        await socket.send(iter(["a", "b", "c"]))
        assert await socket.recv() == "abc"
        await (await socket.ping(b"ping"))
        await socket.close(3001, "bye")
        assert socket.close_code == 3001, socket.close_code

    async with connect(uri, compression=None) as socket:
        await asyncio.gather(*(socket.send(f"message {number}") for number in range(500)))
        assert {await socket.recv() for _ in range(500)} == {f"message {n}" for n in range(500)}

    # Not a context manager: its `close` fails if the server has closed while much was queued.
    socket = await connect(uri, compression=None)
    try:
        await socket.send(bytes((16 << 20) + 1))
        await socket.recv()
        raise AssertionError("a message of this length is refused")
    except ConnectionClosedError as error:
        # nginx resets a client that is still sending when the server closes: the code may be lost.
        is_lost = error.rcvd is None and uri.endswith("/upgraded/")
        assert is_lost or error.rcvd.code == 1009, error

    try:
        await connect(uri + "nothing")
        raise AssertionError("there is nothing")
    except InvalidStatus as error:
        assert error.response.status_code == 404, error


asyncio.run(main(sys.argv[1]))
