"""A chat for all browsers that open its page.

`python examples/chat.py`, then open <http://127.0.0.1:8000/> in two windows. The page and the
server exchange JSON: `{"name": …, "text": …}` to the server, `{"kind": "message", "name": …,
"text": …, "at": …}` and `{"kind": "present", "count": …}` to all pages.

Several servers, on one machine or on many, form one chat over Redis (`pip install redis`):
`python examples/chat.py 127.0.0.1:8000 redis://localhost`, and the same with another port. The
number of people is then that of one server.
"""

import asyncio
import json
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
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(message)

    async def send(self, message):
        self.deliver(message)


class SharedRoom(Room):
    """A room of several servers: each sends to Redis what it delivers, and delivers what comes."""

    CHANNEL = "tremolo-chat"

    def __init__(self, url):
        super().__init__()
        from redis.asyncio import Redis

        self.redis = Redis.from_url(url)
        self.listener = None

    def entered(self):
        if self.listener is None:
            self.listener = asyncio.create_task(self.listen())
        return super().entered()

    async def send(self, message):
        await self.redis.publish(self.CHANNEL, message)

    async def listen(self):
        """Delivers what all servers send. After an error it connects again."""
        from redis.exceptions import RedisError

        delay = 0.5
        while True:
            with suppress(RedisError, OSError):
                async with self.redis.pubsub(ignore_subscribe_messages=True) as messages:
                    await messages.subscribe(self.CHANNEL)
                    delay = 0.5
                    async for message in messages.listen():
                        self.deliver(message["data"].decode())
            await asyncio.sleep(delay)
            delay = min(delay * 2, 15)


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
        await room.send(json.dumps({**answer, "at": int(time.time() * 1000)}))


async def forward(queue, websocket):
    with suppress(WebSocketException):
        while True:
            await websocket.send(await queue.get())


if __name__ == "__main__":
    address, redis = (*sys.argv[1:], *(None,) * 2)[:2]
    host, _, port = (address or "127.0.0.1:8000").rpartition(":")
    app.run(host, int(port), room=SharedRoom(redis) if redis else Room())
