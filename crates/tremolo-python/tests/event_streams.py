"""Handlers that send events. `python event_streams.py HOST:PORT LOOP`; see `test_events.py`."""

import asyncio

from seen import run, seen
from tremolo import Application
from tremolo.exceptions import InternalServerError, NotFound

app = Application()


@app.route("/kinds")
async def kinds(sse, response):
    response.set_header("X-Own", "1")
    await sse.send("two\r\nlines")
    await sse.send(b"bytes", event="status", event_id=b"7", retry=3000)
    await sse.send("", "named", "\u00e9")
    await sse.send(None, event_id="")
    await sse.comment("nothing\nhere")
    await sse.close()
    await sse.close()


@app.route("/plain")
def plain(request, sse=None):
    for number in range(3):
        sse.send(f"{number}", event_id=str(number))
    assert sse.last_event_id is None
    sse.close()


@app.route("/generator")
async def generator(content_type="text/event-stream"):
    for number in range(3):
        yield f"data: {number}\n\n"
        await asyncio.sleep(0)


@app.route("/members")
async def members(request, sse):
    same = (sse.request is request, sse.response.request is request)
    await sse.open()
    await sse.send(repr((same, sse.last_event_id)))


@app.route("/body")
async def body(request, sse=None):
    return f"{sse} {await request.body()}"


@app.route("/refused")
async def refused(request, response, sse):
    arguments = {
        "event": {"event": "a\nb"},
        "id": {"event_id": b"a\0b"},
        "type": {"event_id": 7},
        "retry": {"retry": -1},
        "data": {},
    }
    kind = request.query_string.decode()
    operation = sse.send(object() if kind == "data" else "data", **arguments[kind])
    try:
        await operation
    except (InternalServerError, TypeError, OverflowError) as error:
        return f"{type(error).__name__}: {error}"


@app.route("/late")
async def late(response, sse):
    await response.write("text, ")
    try:
        await sse.send("event")
    except InternalServerError as error:
        await response.end(f"{error}")


@app.route("/none")
async def none(sse):
    raise NotFound("no such stream")


@app.route("/stay")
async def stay(response, sse):
    response.set_status(204)
    await sse.send("never")


@app.route("/waits")
async def waits(sse):
    await sse.send("first")
    try:
        await asyncio.Event().wait()
    finally:
        seen.append("cancelled")
        await sse.close()
        try:
            await sse.send("second")
        except ConnectionResetError:
            seen.append("gone")


@app.route("/takes-none")
async def takes_none(sse):
    for _ in range(8):
        await sse.send("x" * 4_000)
    seen.append("sent")
    try:
        await asyncio.Event().wait()
    finally:
        seen.append("cancelled")


@app.route("/floods")
async def floods(sse):
    try:
        while True:
            await sse.send("x" * (1 << 16))
    finally:
        # It waits for the client, or is cancelled in between.
        seen.append("over")


@app.route("/silent")
async def silent(sse):
    await sse.open()
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(app, sse_heartbeat=0.01, write_timeout=0.3)
