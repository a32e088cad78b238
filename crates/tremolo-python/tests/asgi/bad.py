"""Bad applications of the ASGI tests: each path does one thing wrong."""

import asyncio
import time


class Fault(Exception):
    """Is expected in the log."""


def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise Fault
    return globals()[f"on_{scope['path'].strip('/')}"](scope, receive, send)


def start(*headers, status=200):
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(data=b"", *, more=False):
    return {"type": "http.response.body", "body": data, "more_body": more}


async def on_hello(scope, receive, send):
    await send(start())
    await send(body(b"hello"))


async def on_before(scope, receive, send):
    raise Fault


async def on_after(scope, receive, send):
    await send(start())
    raise Fault


async def on_within(scope, receive, send):
    await send(start())
    await send(body(b"some", more=True))
    raise Fault


async def on_exit(scope, receive, send):
    raise SystemExit(3)


async def on_late_exit(scope, receive, send):
    await asyncio.sleep(0)
    raise SystemExit(3)


async def on_returns(scope, receive, send):
    pass


async def on_half(scope, receive, send):
    await send(start())
    await send(body(b"some", more=True))


async def on_order(scope, receive, send):
    await send(body(b"first"))


async def on_twice(scope, receive, send):
    await send(start())
    await send(start())


async def on_within_twice(scope, receive, send):
    await send(start())
    await send(body(b"some", more=True))
    await send(start())


async def on_unknown(scope, receive, send):
    await send({"type": "http.response.unknown"})


async def on_other(scope, receive, send):
    await send({"type": "websocket.accept"})


async def on_untyped(scope, receive, send):
    await send({})


async def on_none(scope, receive, send):
    await send(None)


async def on_split(scope, receive, send):
    await send(start((b"x-a", b"1\r\nx-b: 2")))


async def on_name(scope, receive, send):
    await send(start((b"x a", b"1")))


async def on_text(scope, receive, send):
    await send(start(("x-a", "1")))


async def on_pair(scope, receive, send):
    await send(start((b"x-a",)))


async def on_status(scope, receive, send):
    await send(start(status=99))


async def on_big_status(scope, receive, send):
    await send(start(status=1 << 70))


async def on_string(scope, receive, send):
    await send(start())
    await send(body("text"))


async def on_long(scope, receive, send):
    await send(start((b"content-length", b"3")))
    await send(body(b"four"))


async def on_long_pieces(scope, receive, send):
    await send(start((b"content-length", b"3")))
    await send(body(b"two", more=True))
    await send(body(b"more", more=True))


async def on_short(scope, receive, send):
    await send(start((b"content-length", b"9")))
    await send(body(b"four"))


async def on_short_pieces(scope, receive, send):
    await send(start((b"content-length", b"9")))
    await send(body(b"four", more=True))
    await send(body())


async def on_deaf(scope, receive, send):
    """Never reads a body."""
    await send(start())
    await send(body(b"deaf"))


async def on_stubborn(scope, receive, send):
    """Swallows its cancellation, once."""
    await send(start())
    await send(body(b"some", more=True))
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.sleep(0.01)
    await send(body(b"rest"))


async def on_immortal(scope, receive, send):
    """Swallows every cancellation."""
    await send(start())
    await send(body(b"some", more=True))
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


async def on_immortal_background(scope, receive, send):
    """Swallows every cancellation, after its response."""
    await send(start())
    await send(body(b"some"))
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


async def on_hangs(scope, receive, send):
    await asyncio.Event().wait()


async def on_blocks(scope, receive, send):
    """Blocks the loop."""
    time.sleep(0.2)  # noqa: ASYNC251 - that is the mistake
    await send(start())
    await send(body(b"blocked"))


async def on_early(scope, receive, send):
    """Sends trailers that it has not announced."""
    await send(start())
    await send({"type": "http.response.trailers", "headers": [(b"x", b"1")]})


async def on_nofile(scope, receive, send):
    await send(start())
    await send({"type": "http.response.pathsend", "path": "/nowhere/at/all"})


async def on_replies(scope, receive, send):
    """Answers its own mistake."""
    try:
        await send(start((b"x-a", b"1\n2")))
    except ValueError as error:
        await send(start((b"x-b", b"3"), status=418))
        await send(body(str(error).encode()))


def on_plain(scope, receive, send):
    raise Fault


def on_no_coroutine(scope, receive, send):
    return 1


class on_awaitable:  # noqa: N801 - a path
    def __init__(self, scope, receive, send):
        self.call = on_hello(scope, receive, send)

    def __await__(self):
        return self.call.__await__()
