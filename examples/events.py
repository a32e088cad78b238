"""Server-sent events: a tick every 200 ms, which goes on after the last one that the client has.

`python examples/events.py`, then open <http://127.0.0.1:8000/>, or
`curl -N -H 'Last-Event-ID: 41' http://127.0.0.1:8000/events`. With `?count=5` the stream ends
after five ticks, and a browser connects again.
"""

import asyncio
import itertools
import sys
from pathlib import Path

from tremolo import Application

PAGE = Path(__file__).resolve().parent / "events.html"

app = Application()


@app.route("/")
async def index(content_type="text/html; charset=utf-8"):
    return PAGE.read_bytes()


@app.route("/events")
async def events(request, sse=None):
    last = number_of(sse.last_event_id) or 0
    count = number_of(request.query.get("count", [None])[0])
    for number in itertools.islice(itertools.count(last + 1), count):
        await sse.send(f"tick {number}", event_id=str(number))
        await asyncio.sleep(0.2)
    # The browser connects again after this time, instead of after a few seconds.
    await sse.send(None, retry=500)
    await sse.close()


def number_of(text):
    return int(text) if text and text.isdecimal() else None


if __name__ == "__main__":
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000").rpartition(":")
    app.run(host, int(port))
