"""Handlers with WebSockets: `python sockets.py HOST:PORT LOOP [OPTIONS]`.

See `test_websocket.py`.
"""

import asyncio
import gc
import json
import sys
import threading

from seen import run, seen
from tremolo import Application
from tremolo.exceptions import Forbidden, WebSocketClientClosed, WebSocketServerClosed
from tremolo.lib.websocket import WebSocket

app = Application()
kept = {}


@app.route("/echo")
async def echo(response, websocket=None):
    if websocket is None:
        await response.end("plain")
        return
    async for message in websocket:
        await websocket.send(message)
    seen.append(f"{websocket.close_code} {websocket.close_reason}")


@app.route("/without-default")
async def without_default(websocket):
    return f"{websocket}"


@app.route("/every")
async def every(**given):
    return type(given["websocket"]).__name__


@app.route("/thread")
def in_thread(websocket=None):
    assert threading.current_thread() is not threading.main_thread()
    websocket.accept(headers={"X-Path": websocket.request.path})
    assert websocket.receive() == "first"
    for message in websocket:
        websocket.send(message)
    try:
        websocket.receive()
    except WebSocketClientClosed as error:
        seen.append(f"thread {error.code}")


@app.route("/members")
async def members(request, response, websocket):
    same = (websocket.request is request, websocket.response.request is request)
    before = (websocket.subprotocols, websocket.subprotocol, websocket.close_code)
    response.set_header("X-Set", "1")
    await websocket.accept(websocket.subprotocols[-1], [("X-Added", b"2"), (b"X-Added", "3")])
    await websocket.send(repr((same, before, websocket.subprotocol, request.upgraded)))


@app.route("/accepts")
async def accepts(websocket):
    for subprotocol, headers in (("other", None), (None, {"a b": "c"}), (None, 3)):
        try:
            await websocket.accept(subprotocol, headers)
        except Exception as error:
            seen.append(type(error).__name__)
    await websocket.accept()
    try:
        await websocket.accept()
    except Exception as error:
        await websocket.send(f"{type(error).__name__}: {error}")


@app.route("/refuses")
async def refuses(websocket):
    raise Forbidden("not for you")


@app.route("/answers")
async def answers(websocket, response):
    response.set_status(403)
    return "no socket"


@app.route("/kinds")
async def kinds(websocket):
    await websocket.send("t")
    await websocket.send(b"b")
    await websocket.send(bytearray(b"a"))
    await websocket.send(memoryview(b"m"))
    await websocket.send("")
    await websocket.send(b"text", opcode=1)
    await websocket.send("bytes", opcode=2)
    await websocket.send("one", fin=0)
    await websocket.ping(b"between")
    await websocket.send("two", fin=0, opcode=0)
    await websocket.send(b"three", opcode=0)
    await websocket.pong(b"late")
    await websocket.ping()
    await websocket.send(b"\x0f\xa0why", opcode=8)


@app.route("/wrong")
async def wrong(websocket):
    """What cannot be sent sends nothing."""

    async def tried(call):
        try:
            await call
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    lines = [
        await tried(websocket.send(3)),
        await tried(websocket.send(("a", "utf-8"))),
        await tried(websocket.send("x", opcode=3)),
        await tried(websocket.send("x", opcode=0)),
        await tried(websocket.send("x", fin=0, opcode=9)),
        await tried(websocket.send(b"\xff", opcode=1)),
        await tried(websocket.ping(b"x" * 126)),
        await tried(websocket.close(1006)),
        await tried(websocket.close(70_000)),
        await tried(websocket.close(-1)),
        await tried(websocket.close(reason="x" * 124)),
    ]
    await websocket.send("open", fin=0)
    lines.append(await tried(websocket.send("whole")))
    lines.append(await tried(websocket.send("again", fin=0)))
    await websocket.send("", opcode=0)
    await websocket.send("\n".join(map(str, lines)))


@app.route("/fragments")
async def fragments(websocket):
    taken = [await websocket.recv(), await websocket.recv(), await websocket.recv()]
    await websocket.send(repr((taken, await websocket.receive())))


@app.route("/closes")
async def closes(websocket):
    await websocket.close(4000, reason="d\u00e9part")
    await websocket.close()
    seen.append(f"{websocket.close_code} {websocket.close_reason}")
    for call in (websocket.receive(), websocket.send("x")):
        try:
            await call
        except WebSocketClientClosed as error:
            seen.append(f"{error}")
    assert [message async for message in websocket] == []


@app.route("/closes-soon")
async def closes_soon(websocket):
    await websocket.close(1000, timeout=0.01)
    seen.append(f"{websocket.close_code}")
    try:
        await websocket.send("x")
    except WebSocketServerClosed as error:
        seen.append(f"{error}")


@app.route("/waits")
async def waits(websocket):
    try:
        await websocket.receive(timeout=0.01)
    except WebSocketServerClosed as error:
        await websocket.send(f"{error.code} {error}")
    try:
        async with asyncio.timeout(0.01):
            await websocket.receive()
    except TimeoutError as error:
        # The traceback keeps the frame of the operation.
        await websocket.send(repr(error))
        await websocket.send(await websocket.receive())
    for _ in range(50):
        task = asyncio.create_task(websocket.receive())
        await asyncio.sleep(0)
        task.cancel()
    await websocket.send("cancelled")
    await websocket.send(await websocket.receive())
    await websocket.receive(timeout=0.01)


@app.route("/raises")
async def raises(request, websocket):
    await websocket.accept()
    kind = request.query_string.decode()
    if kind == "server":
        raise WebSocketServerClosed("why", code=4001)
    if kind == "number":
        raise WebSocketServerClosed("why", code=77)
    if kind == "client":
        raise WebSocketClientClosed("why")
    if kind == "http":
        raise Forbidden("why")
    raise ValueError("expected in the log")


@app.route("/handles")
async def handles(request, response, websocket):
    await websocket.accept()
    code = int(request.query_string)
    error = WebSocketServerClosed("x", code=code) if code else ValueError("expected in the log")
    await response.handle_exception(error)
    assert websocket.close_code is not None


@app.route("/returns")
async def returns(websocket):
    await websocket.accept()


@app.route("/made")
async def made(request, response):
    websocket = WebSocket(request, response)
    await websocket.accept()
    other = WebSocket(request, response)
    await other.send(await websocket.receive())


@app.route("/two-readers")
async def two_readers(websocket):
    first = asyncio.create_task(websocket.receive())
    await asyncio.sleep(0)
    try:
        await websocket.receive()
    except RuntimeError as error:
        await websocket.send(f"{error}")
    await websocket.send(await first)
    # Closing ends the other task's wait.
    other = asyncio.create_task(websocket.receive())
    await asyncio.sleep(0)
    closing = asyncio.create_task(websocket.close())
    try:
        await other
    except WebSocketServerClosed as error:
        seen.append(f"{error}")
    await closing


@app.route("/violations")
async def violations(websocket):
    try:
        async for message in websocket:
            await websocket.send(message)
    except WebSocketServerClosed as error:
        seen.append(f"{error.code} {error} {websocket.close_code}")
        raise


@app.route("/gone")
async def gone(websocket):
    await websocket.accept()
    try:
        await websocket.receive()
    except WebSocketClientClosed as error:
        seen.append(f"{error.code} {websocket.close_code}")
        raise


@app.route("/floods")
async def floods(websocket):
    await websocket.accept()
    try:
        while True:
            await websocket.send(b"x" * 100_000)
    except WebSocketClientClosed as error:
        seen.append(f"{error.code}")
        raise


@app.route("/busy")
async def busy(websocket):
    """Waits for something else when its client goes."""
    await websocket.accept()
    try:
        await asyncio.Event().wait()
    finally:
        seen.append("cancelled")


@app.route("/long")
async def long(websocket):
    await websocket.accept()
    await asyncio.sleep(0.3)
    await websocket.send("still open")


@app.route("/keep")
async def keep(websocket):
    kept["socket"] = websocket
    kept["operation"] = websocket.receive()
    await websocket.accept()


@app.route("/view")
class View:
    async def get(self, websocket):
        await websocket.send(f"{type(self).__name__} {await websocket.receive()}")


below = Application()


@below.on_response
async def stamp(response):
    response.set_header("X-Below", "1")


@below.route(r"^/rooms/(?P<room>\w+)$")
async def room(room, websocket):
    async for message in websocket:
        await websocket.send(room + b" " + message)


app.mount("/below", below)


class Last:
    """Uses its WebSocket when it is released."""

    def __init__(self, websocket):
        self.websocket = websocket

    def __del__(self):
        operation = self.websocket.send("from __del__")
        try:
            operation.send(None)
        except (StopIteration, WebSocketServerClosed, WebSocketClientClosed) as error:
            seen.append(type(error).__name__)


@app.route("/released")
async def released(websocket):
    await websocket.accept()
    last = Last(websocket)
    last.itself = last
    del last
    gc.collect()


@app.route("/over")
async def over():
    """A WebSocket whose handler is over."""
    websocket, lines = kept.pop("socket"), []
    calls = (websocket.receive(), kept.pop("operation"), websocket.send("x"), websocket.close())
    for call in calls:
        try:
            lines.append(f"{await call}")
        except Exception as error:
            lines.append(type(error).__name__)
    lines.append(f"{[message async for message in websocket]}")
    return ",".join(lines)


@app.route("/other-thread")
async def other_thread(websocket):
    await websocket.accept()
    said = []

    def use():
        async def receive():
            await websocket.receive()

        async def send():
            await websocket.send("from a thread")

        for coroutine in (send(), receive()):
            try:
                asyncio.run(coroutine)
            except Exception as error:
                said.append(type(error).__name__)

    await asyncio.to_thread(use)
    await websocket.send(repr(said))


if __name__ == "__main__":
    run(app, app_close_timeout=0.1, **json.loads((sys.argv[3:] or ["{}"])[0]))
