"""A chat for all browsers that open its page.

`python examples/chat.py`, then open <http://127.0.0.1:8000/> in two windows. The page and the
server exchange JSON: `{"name": …, "text": …}` to the server, `{"kind": "message", "name": …,
"text": …, "at": …}` and `{"kind": "present", "count": …}` to all pages.

Several servers, on one machine or on many, form one chat over Redis (`pip install redis`):
`REDIS_URL=redis://localhost python examples/chat.py 127.0.0.1:8000`, and the same with another
port; those of the Rust example belong to it too. The number of people is that of one server. After
Redis was away, pages get `{"kind": "interrupted"}`.
"""

import asyncio
import json
import os
import random
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from tremolo import Application
from tremolo.exceptions import HTTPException, WebSocketException

PAGE = Path(__file__).parent / "chat" / "page.html"

app = Application()


class Room:
    """The pages that are present, each with a queue: one that is too slow misses the oldest
    messages."""

    def __init__(self):
        self.queues = set()

    @contextmanager
    def entered(self):
        """A queue with all that is sent meanwhile."""
        queue = asyncio.Queue(256)
        self.queues.add(queue)
        self.announce()
        try:
            yield queue
        finally:
            self.queues.discard(queue)
            self.announce()

    def announce(self):
        """All pages get the number of those that are present."""
        self.deliver(json.dumps({"kind": "present", "count": len(self.queues)}))

    def deliver(self, message):
        for queue in self.queues:
            put(queue, message)

    def send(self, message):
        self.deliver(message)


def put(queue, message):
    """If the queue is full, the oldest message gives way."""
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(message)


class SharedRoom(Room):
    """A room of several servers: each sends to Redis, and delivers what comes back from there.
    While Redis is away, 256 messages wait."""

    CHANNEL = "tremolo-chat"

    def __init__(self, url):
        super().__init__()
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        # It would connect again by itself, and pages would not know what they have missed.
        self.redis = Redis.from_url(url, health_check_interval=15, retry=Retry(NoBackoff(), 0))
        self.outgoing = asyncio.Queue(256)
        self.connection = None

    def entered(self):
        if self.connection is None:
            self.connection = asyncio.create_task(self.keep_connected())
        return super().entered()

    def send(self, message):
        put(self.outgoing, message)

    async def keep_connected(self):
        """Connects again after an error, later each time."""
        from redis.exceptions import RedisError

        delay, was_lost = 0.1, False
        while True:
            began = time.monotonic()
            with suppress(RedisError, OSError):
                await self.connect(was_lost)
            was_lost = True
            if time.monotonic() - began > 15:
                delay = 0.1
            # Many servers do not come back at once.
            await asyncio.sleep(delay * random.uniform(0.5, 1))
            delay = min(delay * 2, 15)

    async def connect(self, was_lost):
        # None of those that were lost is used again.
        await self.redis.connection_pool.disconnect()
        async with self.redis.pubsub(ignore_subscribe_messages=True) as messages:
            await messages.subscribe(self.CHANNEL)
            if was_lost:
                self.deliver(json.dumps({"kind": "interrupted"}))
            publisher = asyncio.create_task(self.publish())
            try:
                async for message in messages.listen():
                    self.deliver(message["data"].decode())
            finally:
                publisher.cancel()

    async def publish(self):
        from redis.exceptions import RedisError

        while True:
            message = await self.outgoing.get()
            # It is lost with the connection, as for all subscribers.
            with suppress(RedisError, OSError):
                await self.redis.publish(self.CHANNEL, message)


@app.route("/")
async def page(response):
    await response.sendfile(PAGE, content_type="text/html; charset=utf-8")


@app.route("/chat")
async def chat(globals, websocket=None):  # noqa: A002 - its name
    if websocket is None:
        fields = {"upgrade": "websocket", "sec_websocket_version": "13"}
        raise HTTPException(code=426, message="Upgrade Required", **fields)
    room = globals.options["room"]
    with room.entered() as queue:
        sender = asyncio.create_task(forward(queue, websocket))
        try:
            await receive(room, websocket)
        finally:
            sender.cancel()


async def receive(room, websocket):
    async for message in websocket:
        try:
            said = json.loads(message)
            answer = {"kind": "message", "name": str(said["name"]), "text": str(said["text"])}
        except (ValueError, TypeError, KeyError):
            await websocket.close(1003, reason="no message of this chat")
            return
        room.send(json.dumps({**answer, "at": int(time.time() * 1000)}))


async def forward(queue, websocket):
    with suppress(WebSocketException):
        while True:
            await websocket.send(await queue.get())


if __name__ == "__main__":
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000").rpartition(":")
    redis = os.environ.get("REDIS_URL")
    app.run(host, int(port), room=SharedRoom(redis) if redis else Room())
