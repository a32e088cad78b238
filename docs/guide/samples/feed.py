import asyncio
import json
from collections import deque

from tremolo import Application

app = Application()


# ANCHOR: feed
# The latest messages, of which clients may have missed some.
messages = deque(maxlen=1000)
changed = asyncio.Condition()


async def after(last):
    """Waits for messages after this one."""
    async with changed:
        await changed.wait_for(lambda: messages and messages[-1]["id"] > last)
        return [message for message in messages if message["id"] > last]


@app.route("/messages")
async def publish(request):
    text = (await request.body()).decode()
    async with changed:
        messages.append({"id": messages[-1]["id"] + 1 if messages else 1, "text": text})
        changed.notify_all()
    return "published"


# ANCHOR_END: feed


# ANCHOR: events
@app.route("/events")
async def events(sse=None):
    last = sse.last_event_id
    last = int(last) if last and last.isdecimal() else 0
    while True:
        for message in await after(last):
            last = message["id"]
            await sse.send(message["text"], event_id=str(last))


# ANCHOR_END: events


# ANCHOR: poll
@app.route("/after/{last}")
async def poll(request, last: int, content_type="application/json"):
    news = asyncio.ensure_future(after(last))
    stop = asyncio.ensure_future(request.draining())
    try:
        await asyncio.wait([news, stop], timeout=25, return_when=asyncio.FIRST_COMPLETED)
        return json.dumps(news.result() if news.done() else [])
    finally:
        news.cancel()
        stop.cancel()


# ANCHOR_END: poll
