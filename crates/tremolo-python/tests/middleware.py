"""The application of the tests of middleware; `python middleware.py ADDRESS LOOP`."""

import asyncio
import contextvars
import sys
from pathlib import Path

from tremolo import Application, StaticFiles
from tremolo.exceptions import BadRequest, Forbidden, WebSocketServerClosed

app = Application()
events = []
VARIABLE = contextvars.ContextVar("variable", default="unset")


@app.on_request
async def second(request):
    events.append("second")
    if request.path == b"/halt-second":
        return "halted"
    return None


@app.on_request(priority=1)
async def first(request, response, context, app, loop, logger):
    events.append("first")
    VARIABLE.set("set")
    context.seen = context.get("seen", 0) + 1
    request.ctx.user = "Ada"
    match request.path:
        case b"/halt" | b"/halt-socket":
            return "halted"
        case b"/halt-pieces":
            return pieces()
        case b"/answered":
            await response.end(b"answered")
        case b"/refused" | b"/refused-socket":
            raise Forbidden("not you")
        case b"/exit":
            sys.exit(1)
        case b"/tainted":
            response.set_status(202)
            response.set_header("X-First", "1")
    return None


@app.on_request
def plain(request, response):
    events.append("plain")
    response.set_header("X-Plain", request.method)


@app.on_response
async def stamp(request, response):
    events.append("stamp")
    response.set_header("X-Stamp", request.ctx.get("user", "none"))
    response.set_header("X-Valid", str(request.is_valid))
    if not request.is_valid and "careless" in events:
        raise AttributeError("on_request has not run")
    match request.path:
        case b"/types":
            kind = response.headers[b"content-type"][0]
            response.set_header("X-Type", kind)
            response.headers[b"content-type"] = [kind + b"; seen"]
        case b"/replaced":
            return "replaced"
        case b"/stamp-fails" | b"/stamp-fails-later" | b"/stamp-fails-socket":
            raise BadRequest("stamp")
        case b"/stamp-answers" | b"/stamp-answers-socket":
            await response.end(b"from the stamp")
        case b"/stamp-waits" | b"/two-writers" | b"/socket/together" | b"/stream/together":
            await asyncio.sleep(0)
        case b"/stamp-hangs":
            await asyncio.Event().wait()
    return None


@app.on_response(priority=1)
def outermost(response):
    events.append("outermost")
    response.append_header("X-Order", "outermost")
    if response.request.path == b"/outermost-answers":
        # On a thread: what it writes itself does not wait for it.
        response.end(b"from a thread")


async def pieces():
    yield b"one"
    yield b"two"


@app.route("/hello")
@app.route("/halt")
@app.route("/halt-second")
@app.route("/halt-pieces")
@app.route("/answered")
@app.route("/refused")
@app.route("/exit")
@app.route("/tainted")
@app.route("/replaced")
@app.route("/stamp-fails")
@app.route("/stamp-answers")
@app.route("/stamp-waits")
@app.route("/stamp-hangs", app_handler_timeout=0.05)
@app.route("/outermost-answers")
async def hello():
    events.append("handler")
    return "Hello"


@app.route("/variable")
async def variable():
    return VARIABLE.get()


@app.route("/seen")
async def seen(context):
    return str(context.seen)


@app.route("/pieces")
async def stream():
    yield b"one"
    yield b"two"


@app.route("/no-pieces")
async def no_pieces():
    return
    yield


@app.route("/plain")
def threaded():
    return "plain"


@app.route("/plain-pieces")
def threaded_pieces():
    yield "one"
    yield "two"


@app.route("/write")
@app.route("/stamp-fails-later")
async def write(response):
    await response.write(b"one")
    await response.write(b"two")


@app.route("/end")
async def end(response):
    await response.end(b"ended")


@app.route("/raw")
async def raw(response):
    await response.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw")
    response.close(keepalive=True)


@app.route("/two-writers")
async def two_writers(response):
    await asyncio.gather(response.write(b"a"), response.write(b"b"))


@app.route("/file")
async def file(response):
    await response.sendfile(Path(__file__).with_name("middleware.txt"))


@app.route("/stream/send")
@app.route("/stream/comment")
@app.route("/stream/open")
@app.route("/stream/close")
@app.route("/stream/together")
async def stream_of_events(request, sse):
    """The first operation sends the head."""
    events.append("handler")
    match request.path.rpartition(b"/")[2]:
        case b"send":
            await sse.send("first")
        case b"comment":
            await sse.comment("first")
        case b"open":
            await sse.open()
        case b"together":
            await asyncio.gather(sse.send("a"), sse.send("b"))
    await sse.close()


@app.route("/socket/accept")
@app.route("/socket/send")
@app.route("/socket/ping")
@app.route("/socket/receive")
@app.route("/socket/recv")
@app.route("/socket/iterate")
@app.route("/socket/close")
@app.route("/socket/together")
@app.route("/socket/raises")
@app.route("/halt-socket")
@app.route("/refused-socket")
@app.route("/stamp-fails-socket")
@app.route("/stamp-answers-socket")
async def socket(request, response, websocket):
    """The first operation sends the 101."""
    events.append("handler")
    response.set_header("X-Path", request.path)
    match request.path.rpartition(b"/")[2]:
        case b"send":
            await websocket.send("first")
        case b"ping":
            await websocket.ping()
        case b"receive":
            await websocket.receive()
        case b"recv":
            await websocket.recv()
        case b"iterate":
            async for _ in websocket:
                break
        case b"close":
            await websocket.close()
        case b"together":
            await asyncio.gather(websocket.send("a"), websocket.send("b"), websocket.receive())
        case b"raises":
            await websocket.accept()
            raise WebSocketServerClosed("why", code=4001)
        case _:
            await websocket.accept()


@app.route("/plain-socket")
def plain_socket(websocket):
    websocket.send("from a thread")


@app.route("/raises")
async def raises(response):
    response.set_header("X-Lost", "1")
    raise BadRequest("why")


@app.route("/fails")
async def fails():
    raise KeyError("secret")


@app.route("/paged")
async def paged():
    raise Forbidden


@app.error(403)
async def page(exc):
    return f"own page: {exc}"


@app.error(400)
async def bad_request(exc, request):
    return None if request.is_valid else f"malformed: {request.method} {request.path} {exc}"


@app.route("/types")
async def types(request, response):
    response.headers[b"x-own"] = [b"1"]
    if request.query_string:
        response.set_content_type("text/plain")
    return "types"


@app.route("/careless")
async def careless():
    events.append("careless")
    return "noted"


@app.route("/nothing")
async def nothing():
    return None


@app.route("/slow", app_handler_timeout=0.05)
async def slow():
    await asyncio.Event().wait()


@app.route("/handled")
@app.route("/handled-page")
async def handled(request, response):
    page = "own" if request.path == b"/handled-page" else None
    await response.handle_exception(BadRequest("handled"), data=page)


@app.route("/again")
async def again(request):
    first = await request.server.run_middlewares("response", reverse=True)
    return f"{first} {events.count('stamp')}"


@app.route("/events")
async def show(response):
    # The events of this request are not complete.
    shown = list(events)
    events.clear()
    await response.send(f"HTTP/1.0 200 OK\r\n\r\n{shown}".encode())
    response.close()


below = Application()


@below.on_request
async def own(response):
    response.set_header("X-Own", "1")


@below.route("/hello")
async def hello_below():
    return "Hello"


@app.route("/segment/hello")
async def hello_segment():
    return "Hello"


async def of_segment(response, mark="default"):
    response.set_header("X-Mark", mark)


app.mount("/below", below)
app.add_middleware(of_segment, prefix=(b"segment",), kwargs={"mark": "given"})
app.mount("/static", StaticFiles(Path(__file__).parent))

if __name__ == "__main__":
    address, loop = sys.argv[1:]
    host, port = address.split(":")
    app.run(host, int(port), loop={"uvloop": "uvloop.Loop"}.get(loop, loop))
