"""Tremolo or the original, depending on the interpreter: the same handlers for both.

What the original (0.5.3) cannot do:

- `/upload` with a chunked body: the handler never sees the end of the body, and waits forever.
- `/stream` without a sleep: no other task runs while the handler does not suspend, so the whole
  gigabyte is queued, or the connection is closed at `max_queue_size`. The handler therefore sleeps
  after each piece, and the queue has no limit. A stalled reader still makes it queue everything.
- permessage-deflate.
"""

import asyncio
import importlib.util
import json
from contextlib import contextmanager, suppress

from tremolo import Application

from . import contract

IS_ORIGINAL = importlib.util.find_spec("tremolo._tremolo") is None

#: What no measurement may run into. The rates of the original slow every transfer down by
#: default; `worker_num=0` keeps it in this process.
OPTIONS = {
    "client_max_body_size": 1 << 40,
    "keepalive_connections": 1 << 16,
    "app_handler_timeout": 3_600,
    "log_level": "CRITICAL",
}
OPTIONS_OF_ORIGINAL = {
    "worker_num": 0,
    "download_rate": 1 << 40,
    "upload_rate": 1 << 40,
    "max_queue_size": 1 << 30,
    "keepalive_timeout": 3_600,
    "backlog": 8_192,
}

#: A piece of what never ends.
ENDLESS = b"0123456789abcdef" * 64

app = Application()


@app.route("/hello")
async def hello(request, response):
    return contract.TEXT


@app.route("/fields")
async def fields(request, response):
    for name, value in contract.FIELDS:
        response.set_header(name, value)
    return contract.TEXT


@app.route("/echo")
async def echo(request, response):
    value = json.loads(await request.body())
    response.set_content_type(contract.JSON)
    return json.dumps(value)


@app.route("/yield")
async def pieces(request, response):
    for _ in range(contract.YIELDS):
        yield contract.BODY


@app.route("/sleep")
async def sleep(request, response):
    await asyncio.sleep(0)
    return contract.TEXT


def add_stream(piece):
    """Serves a gigabyte in copies of this piece."""
    count = contract.STREAM_LENGTH // len(piece)

    async def stream(request, response):
        for _ in range(count):
            yield piece

    async def stream_with_sleep(request, response):
        for _ in range(count):
            yield piece
            await asyncio.sleep(0)

    app.add_route(stream_with_sleep if IS_ORIGINAL else stream, f"/stream/{len(piece)}")


@app.route("/endless")
async def endless(request, response):
    """Not for the original, which would queue it for ever."""
    while True:
        yield ENDLESS


@app.route("/upload")
async def upload(request, response):
    length = 0
    async for piece in request.stream():
        length += len(piece)
    return str(length)


@app.route("/file")
async def file(request, response):
    await response.sendfile(contract.FILE, content_type=contract.FILE_TYPE)


@app.route("/ws")
async def echo_messages(websocket=None):
    async for message in websocket:
        await websocket.send(message)


ROOM = set()


@app.route("/room")
async def room(websocket=None):
    await websocket.accept()
    ROOM.add(websocket)
    await websocket.send(contract.GREETING)
    try:
        async for message in websocket:
            for member in list(ROOM):
                await send_to(member, message)
    finally:
        ROOM.discard(websocket)


async def send_to(member, message):
    try:
        await member.send(message)
    except Exception:  # The client has gone, and its handler ends.
        ROOM.discard(member)


#: Of each client of the feed, the messages that wait for it.
QUEUES = set()


@contextmanager
def subscribed():
    """A queue with all messages of the feed; a client that is too slow misses the oldest ones."""
    queue = asyncio.Queue(contract.FEED_CAPACITY)
    QUEUES.add(queue)
    try:
        yield queue
    finally:
        QUEUES.discard(queue)


def publish(message):
    for queue in QUEUES:
        if queue.full():
            queue.get_nowait()
        queue.put_nowait(message)


async def forward(queue, send):
    # The client has gone, and its handler ends.
    with suppress(Exception):
        while True:
            await send(await queue.get())


@app.route("/feed")
async def feed(websocket=None):
    await websocket.accept()
    with subscribed() as queue:
        await websocket.send(contract.GREETING)
        sender = asyncio.create_task(forward(queue, websocket.send))
        try:
            async for message in websocket:
                publish(message)
        finally:
            sender.cancel()


async def events(sse=None):
    with subscribed() as queue:
        await sse.send(contract.GREETING)
        await forward(queue, sse.send)


if not IS_ORIGINAL:
    app.add_route(events, "/events")

for piece in contract.PIECES.values():
    add_stream(piece)


def serve(host, port, loop):
    options = OPTIONS | OPTIONS_OF_ORIGINAL if IS_ORIGINAL else OPTIONS
    app.run(host, port, loop=loop, **options)
