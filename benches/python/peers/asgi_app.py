"""A minimal ASGI application, without a framework, for all ASGI servers.

Files are sent with `http.response.pathsend` if the server offers it (granian does), otherwise in
pieces that are read on the event loop: from the page cache that is cheaper than a thread for each.
"""

import asyncio
import importlib
import json
from functools import cache, partial

from . import contract

HTML = (b"content-type", contract.HTML.encode())
LENGTH = (b"content-length", b"%d" % len(contract.BODY))
FIELDS = [(name.encode(), value.encode()) for name, value in contract.FIELDS]


async def answer(send, body, headers):
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def hello(scope, receive, send):
    await answer(send, contract.BODY, [HTML, LENGTH])


async def fields(scope, receive, send):
    await answer(send, contract.BODY, [HTML, LENGTH, *FIELDS])


async def echo(scope, receive, send):
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message["body"]
        more = message.get("more_body", False)
    text = json.dumps(json.loads(body)).encode()
    headers = [(b"content-type", contract.JSON.encode()), (b"content-length", b"%d" % len(text))]
    await answer(send, text, headers)


async def sleep(scope, receive, send):
    await asyncio.sleep(0)
    await answer(send, contract.BODY, [HTML, LENGTH])


async def repeat(piece, count, scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [HTML]})
    for _ in range(count):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def upload(scope, receive, send):
    length = 0
    more = True
    while more:
        message = await receive()
        length += len(message["body"])
        more = message.get("more_body", False)
    text = b"%d" % length
    await answer(send, text, [HTML, (b"content-length", b"%d" % len(text))])


async def file(scope, receive, send):
    with open(contract.FILE, "rb") as file:  # noqa: ASYNC230 - see above
        length = file.seek(0, 2)
        headers = [
            (b"content-type", contract.FILE_TYPE.encode()),
            (b"content-length", b"%d" % length),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if "http.response.pathsend" in scope.get("extensions", ()):
            await send({"type": "http.response.pathsend", "path": contract.FILE})
            return
        file.seek(0)
        while piece := file.read(contract.FILE_PIECE):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


@cache
def fastapi_app():
    """Imported by its first request: in other scenarios only the server takes memory."""
    return importlib.import_module("peers.fastapi_app").app


async def fastapi(scope, receive, send):
    await fastapi_app()(scope, receive, send)


async def nothing(scope, receive, send):
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def echo_messages(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        # One of both is there and not `None`.
        text = message.get("text")
        content = {"bytes": message["bytes"]} if text is None else {"text": text}
        await send({"type": "websocket.send", **content})


ROOM = set()


async def room(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    ROOM.add(send)
    await send({"type": "websocket.send", "text": contract.GREETING})
    while (message := await receive())["type"] == "websocket.receive":
        event = {"type": "websocket.send", "text": message["text"]}
        for member in list(ROOM):
            try:
                await member(event)
            except OSError:
                # What uvicorn raises for a client that has gone.
                ROOM.discard(member)
    ROOM.discard(send)


PATHS = {
    "/ws": echo_messages,
    "/room": room,
    "/hello": hello,
    "/fields": fields,
    "/echo": echo,
    "/yield": partial(repeat, contract.BODY, contract.YIELDS),
    "/sleep": sleep,
    "/fastapi": fastapi,
    "/upload": upload,
    "/file": file,
} | {
    f"/stream/{size}": partial(repeat, piece, contract.STREAM_LENGTH // size)
    for size, piece in contract.PIECES.items()
}


async def lifespan(receive, send):
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            contract.end_with_parent()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    else:
        await PATHS.get(scope["path"], nothing)(scope, receive, send)
