"""A minimal RSGI application: granian's own interface, with calls for text, streams and files."""

import asyncio
import json
from functools import partial

from . import contract

HTML = ("content-type", contract.HTML)


async def hello(scope, protocol):
    protocol.response_str(200, [HTML], contract.TEXT)


async def fields(scope, protocol):
    protocol.response_str(200, [HTML, *contract.FIELDS], contract.TEXT)


async def echo(scope, protocol):
    text = json.dumps(json.loads(await protocol()))
    protocol.response_str(200, [("content-type", contract.JSON)], text)


async def sleep(scope, protocol):
    await asyncio.sleep(0)
    protocol.response_str(200, [HTML], contract.TEXT)


async def repeat(piece, count, scope, protocol):
    stream = protocol.response_stream(200, [HTML])
    for _ in range(count):
        await stream.send_bytes(piece)


async def upload(scope, protocol):
    length = 0
    async for piece in protocol:
        length += len(piece)
    protocol.response_str(200, [HTML], str(length))


async def file(scope, protocol):
    protocol.response_file(200, [("content-type", contract.FILE_TYPE)], contract.FILE)


async def nothing(scope, protocol):
    protocol.response_empty(404, [])


PATHS = {
    "/hello": hello,
    "/fields": fields,
    "/echo": echo,
    "/yield": partial(repeat, contract.BODY, contract.YIELDS),
    "/sleep": sleep,
    "/upload": upload,
    "/file": file,
} | {
    f"/stream/{size}": partial(repeat, piece, contract.STREAM_LENGTH // size)
    for size, piece in contract.PIECES.items()
}


class Application:
    """The RSGI application. granian calls `__rsgi_init__` once in its worker."""

    def __rsgi_init__(self, loop):
        contract.end_with_parent()

    async def __rsgi__(self, scope, protocol):
        await PATHS.get(scope.path, nothing)(scope, protocol)


app = Application()
