"""An application of RSGI, as it is written for granian."""

import asyncio
import json

from tremolo import Application
from tremolo.rsgi import RSGI

seen = []


async def app(scope, protocol):
    if scope.proto == "ws":
        await sockets(scope, protocol)
    else:
        path = scope.path.removeprefix("/below").strip("/")
        await ROUTES[path.partition("/")[0]](scope, protocol)


async def describe(scope, protocol):
    names = (
        "proto http_version rsgi_version server client scheme method path query_string authority"
    )
    found = {name: getattr(scope, name) for name in names.split()}
    headers = scope.headers
    found["a"] = [headers["x-a"], headers.get("X-A"), headers.get_all("x-a"), "x-a" in headers]
    found["missing"] = [headers.get("x-b"), headers.get("x-b", "b"), "x-b" in headers]
    found["names"] = [len(headers), headers.keys() == list(headers), headers.keys().count("x-a")]
    found["all"] = [value for name, value in headers.items() if name == "x-a"]
    assert headers.values() == [value for _, value in headers.items()]
    protocol.response_str(200, [("content-type", "application/json")], json.dumps(found))


async def tell_seen(scope, protocol):
    protocol.response_str(200, [], json.dumps(seen))
    seen.clear()


async def echo(scope, protocol):
    protocol.response_bytes(200, [("x-a", "1"), ("x-a", "2")], await protocol())


async def pieces(scope, protocol):
    sizes = [len(piece) async for piece in protocol]
    try:
        await protocol()
    except RuntimeError as error:
        protocol.response_str(200, [], f"{sum(sizes)} {error}")


async def empty(scope, protocol):
    protocol.response_empty(204, [])


async def file(scope, protocol):
    protocol.response_file(200, [("content-type", "text/x-own")], __file__)


async def file_range(scope, protocol):
    protocol.response_file_range(206, [("content-range", "bytes 3-9/100")], __file__, 3, 10)


async def short(scope, protocol):
    protocol.response_file_range(206, [("content-length", "9999999")], __file__, 0, 9_999_999)


async def missing(scope, protocol):
    protocol.response_file(200, [], "/nowhere/at/all")


async def stream(scope, protocol):
    transport = protocol.response_stream(200, [])
    await transport.send_str("one ")
    await asyncio.sleep(0)
    await transport.send_bytes(b"two")


async def large(scope, protocol):
    # More than the server queues: the rest is sent while the client reads.
    protocol.response_bytes(200, [], b"x" * 8_000_000)


async def goes_on(scope, protocol):
    protocol.response_str(200, [], "now")
    await asyncio.sleep(0.01)
    seen.append("later")


async def gone(scope, protocol):
    transport = protocol.response_stream(200, [])
    await transport.send_str("begun")
    await protocol.client_disconnect()
    try:
        await transport.send_str("lost")
    except OSError as error:
        seen.append(type(error).__name__)


async def nothing(scope, protocol):
    pass


async def fails(scope, protocol):
    raise ValueError("expected in the log")


async def fails_late(scope, protocol):
    await protocol.response_stream(200, []).send_str("begun")
    raise ValueError("expected in the log")


async def twice(scope, protocol):
    protocol.response_str(200, [], "one")
    protocol.response_str(200, [], "two")


async def sockets(scope, protocol):
    seen.append([scope.proto, scope.scheme, scope.method])
    if scope.path == "/refused":
        protocol.close(418)
    elif scope.path != "/ignored":
        transport = await protocol.accept()
        while (message := await transport.receive()).kind:
            if message.data == "close":
                protocol.close()
                return
            send = transport.send_str if message.kind == 2 else transport.send_bytes
            await send(message.data)
        seen.append(list(message))


ROUTES = {
    "describe": describe, "seen": tell_seen, "echo": echo, "pieces": pieces, "empty": empty,
    "file": file, "range": file_range, "short": short, "missing": missing, "stream": stream,
    "large": large, "goes-on": goes_on, "gone": gone, "nothing": nothing, "fails": fails,
    "fails-late": fails_late, "twice": twice,
}  # fmt: skip


async def add(text):
    await asyncio.sleep(0)
    seen.append(text)


class Whole:
    """An application that is an object."""

    def __rsgi_init__(self, loop):
        loop.run_until_complete(add(f"init {loop.is_running()}"))

    def __rsgi_del__(self, loop):
        loop.run_until_complete(add("deleted"))
        print(seen[-1], flush=True)

    async def __rsgi__(self, scope, protocol):
        await app(scope, protocol)


class Inside(Whole):
    """Its functions can be awaited."""

    async def __rsgi_init__(self, loop):
        seen.append(f"init {asyncio.get_running_loop() is loop}")

    async def __rsgi_del__(self, loop):
        print("deleted", flush=True)


class Failing(Whole):
    """It cannot start."""

    def __rsgi_init__(self, loop):
        raise ValueError("expected in the log")


whole = Whole()
inside = Inside()
failing = Failing()

mounted = Application()
mounted.mount("/below", RSGI(app))


@mounted.on_response
async def mark(response):
    # What the application sends at once has to wait.
    await asyncio.sleep(0.01)
    response.set_header("x-response", "1")
