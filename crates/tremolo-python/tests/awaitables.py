"""Every awaitable method, called with what it refuses. `python awaitables.py HOST:PORT LOOP`."""

import asyncio
import contextlib
import gc
import inspect
import sys
import warnings

from tremolo import Application

app = Application()
kept = {}

#: Calls that fail, each with its arguments by position and by name.
CALLS = {
    "Request.body": [((), {"raw": "x"}), ((), {"max_size": -1}), ((), {})],
    "Request.read": [(("x",), {}), ((), {"timeout": "x"}), ((), {})],
    "Request.recv": [(("x",), {}), ((), {"raw": "x"}), ((), {})],
    "Request.form": [((), {"max_size": "x"}), ((), {})],
    "Request.files": [((), {})],
    "Response.write": [
        ((object(),), {}),
        ((b"x",), {"rate": "x"}),
        ((b"x",), {"buffer_size": 0}),
        ((b"x",), {"buffer_size": -1}),
        ((b"x",), {"chunked": "x"}),
    ],
    "Response._yield": [((object(),), {}), ((("x", "no-such-encoding"),), {})],
    "Response.end": [((object(),), {}), ((b"x",), {"keepalive": "x"}), ((b"x",), {"rate": "x"})],
    "Response.send": [((object(),), {}), ((b"x",), {"rate": "x"})],
    "Response.sendfile": [
        (("/no/such/file",), {}),
        ((object(),), {}),
        ((__file__,), {"offset": "x"}),
        ((__file__,), {"content_type": 3}),
    ],
    "Response.handle_exception": [((3,), {})],
    "BodyStream.__anext__": [((), {})],
    "WebSocket.accept": [(("not offered",), {}), ((), {"headers": 3})],
    "WebSocket.receive": [(("x",), {})],
    "WebSocket.recv": [(("x",), {})],
    "WebSocket.send": [((object(),), {}), (("x",), {"fin": "x"}), (("x",), {"opcode": 3})],
    "WebSocket.ping": [((b"x" * 126,), {})],
    "WebSocket.pong": [((3,), {})],
    "WebSocket.close": [((5,), {}), ((), {"reason": 3}), ((), {"timeout": "x"})],
}

#: Calls that succeed as long as their exchange is the one in work.
GOOD_CALLS = {
    "Request.body": (),
    "Request.read": (),
    "Request.recv": (),
    "Request.form": (),
    "Request.files": (),
    "Response.write": (b"x",),
    "Response._yield": (b"x",),
    "Response.end": (b"x",),
    "Response.send": (b"x",),
    "Response.sendfile": (__file__,),
    "Response.handle_exception": (ValueError("x"),),
    "BodyStream.__anext__": (),
    "BodyStream.aclose": (),
    "WebSocket.accept": (),
    "WebSocket.receive": (),
    "WebSocket.recv": (),
    "WebSocket.send": (b"x",),
    "WebSocket.ping": (),
    "WebSocket.pong": (),
    "WebSocket.close": (),
    "WebSocket.__anext__": (),
}


def bound(name, request, response, websocket):
    kind, _, method = name.partition(".")
    targets = {
        "Request": request,
        "Response": response,
        "BodyStream": request.stream(),
        "WebSocket": websocket,
    }
    return getattr(targets[kind], method)


def calls_of(websocket):
    """Those of a WebSocket, or all others."""
    is_socket = websocket is not None
    for name, calls in CALLS.items():
        if name.startswith("WebSocket.") is is_socket:
            yield name, calls


async def outcome(awaitable):
    if hasattr(awaitable, "__anext__"):
        awaitable = anext(awaitable)
    assert inspect.isawaitable(awaitable)
    try:
        await awaitable
    except Exception as error:
        return type(error).__name__
    return "nothing"


@app.route("/bad")
async def bad(request, response, websocket=None):
    """What the await of each call raises. That a call raises ends the handler."""
    lines = []
    for name, calls in calls_of(websocket):
        for args, named in calls:
            call = bound(name, request, response, websocket)
            lines.append(f"{name} {await outcome(call(*args, **named))}")
    if websocket is not None:
        await websocket.send("\n".join(lines))
        return
    await response.end("\n".join(lines))


@app.route("/bad-in-a-thread")
def bad_in_thread(request, response, websocket=None):
    lines = []
    for name, calls in calls_of(websocket):
        kind, _, method = name.partition(".")
        for args, named in calls:
            if kind == "BodyStream":
                continue
            target = {"Request": request, "Response": response, "WebSocket": websocket}[kind]
            try:
                result = getattr(target, method)(*args, **named)
                if inspect.isgenerator(result):
                    next(result)
            except Exception as error:
                lines.append(f"{name} {type(error).__name__}")
            else:
                lines.append(f"{name} nothing")
    if websocket is not None:
        websocket.send("\n".join(lines))
        return
    response.end("\n".join(lines))


@app.route("/keep")
async def keep(request, response, websocket=None):
    if websocket is not None:
        await websocket.accept()
        kept["websocket"] = websocket
        return None
    kept["old"] = request, response
    return "kept"


@app.route("/over")
async def over(response):
    """The same of an exchange that is over."""
    lines = [
        f"{name} {await outcome(bound(name, *kept['old'], kept['websocket'])(*args))}"
        for name, args in GOOD_CALLS.items()
    ]
    await response.end("\n".join(lines))


@app.route("/thread-stream")
def thread_stream(request):
    with counted():
        return str(sum(len(piece) for piece in request.stream()))


@app.route("/anext-default")
async def anext_default(request):
    with counted():
        stream, count = request.stream(), 0
        while (piece := await anext(stream, None)) is not None:
            count += len(piece)
        return str(count)


@app.route("/thread-files")
def thread_files(request):
    with counted():
        return str(sum(len(part["data"]) for part in request.files()))


@contextlib.contextmanager
def counted():
    """Counts handlers that have ended, however they did."""
    try:
        yield
    finally:
        kept["ended"] = kept.get("ended", 0) + 1


@app.route("/ended")
async def ended():
    return str(kept.get("ended", 0))


@app.route("/gather")
async def gather(response):
    first, second = await asyncio.gather(
        response.end(b"whole"), response.write(object()), return_exceptions=True
    )
    kept["gathered"] = f"{first!r} {type(second).__name__}"


@app.route("/gathered")
async def gathered():
    return kept["gathered"]


@app.route("/not-awaited")
async def not_awaited(request, response):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        response.write(b"lost")
        response.end(b"lost")
        request.read()
        # A call that would raise does nothing either.
        response.write(object())
        gc.collect()
    await response.end(",".join(str(warning.message) for warning in caught))


@app.route("/later")
async def later(response):
    """Calls are carried out in the order of their awaits."""
    second, first = response.write(b"second"), response.write(b"first,")
    await first
    await second


@app.route("/twice")
async def twice(response):
    operation = response.write(b"once")
    assert (operation.__qualname__, operation.__name__) == ("Response.write", "write")
    await operation
    try:
        await operation
    except RuntimeError as error:
        await response.write(f",{error}")


@app.route("/thrown")
async def thrown(response):
    said = []
    operation = response.write(b"lost")
    try:
        operation.throw(KeyError("thrown"))
    except KeyError as error:
        said.append(repr(error))
    closed = response.write(b"lost")
    closed.close()
    task = asyncio.create_task(response.write(b"lost"))
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        said.append("cancelled")
    return ",".join(said)


@app.route("/hello")
async def hello():
    return "Hello World!"


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app.run(host, int(port), loop=sys.argv[2], app_close_timeout=0, client_max_body_size=1000)
