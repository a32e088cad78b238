"""Handlers that raise what ends a program. `python exits.py HOST:PORT LOOP`."""

import asyncio
import sys

from tremolo import Application

app = Application()


class Own(BaseException):
    """An exception that is no `Exception`."""


EXCEPTIONS = {
    kind.__name__: kind
    for kind in (
        SystemExit,
        KeyboardInterrupt,
        GeneratorExit,
        StopIteration,
        asyncio.CancelledError,
        Own,
    )
}


def leave(request):
    if request.query_string == b"SystemExit":
        sys.exit(3)
    raise EXCEPTIONS[request.query_string.decode()]


@app.route("/hello")
async def hello():
    return "Hello World!"


@app.route("/inline")
async def inline(request):
    leave(request)


@app.route("/task")
async def task(request):
    await asyncio.sleep(0)
    leave(request)


@app.route("/at-once")
async def at_once(request):
    if request.query_string:
        leave(request)
    await asyncio.sleep(0)


@app.route("/pieces")
async def pieces(request):
    yield "piece"
    leave(request)


@app.route("/waiting-pieces")
async def waiting_pieces(request):
    yield "piece"
    await asyncio.sleep(0)
    leave(request)


@app.route("/thread")
def thread(request):
    leave(request)


@app.route("/thread-pieces")
def thread_pieces(request):
    yield "piece"
    # A generator makes a `RuntimeError` of a `StopIteration` that comes out of it.
    leave(request)


@app.route("/page")
async def page(request):
    raise ValueError("for the page")


@app.route("/callback")
async def callback(request):
    request.server.add_close_callback(lambda: sys.exit(3))
    return "done"


below = Application()


@below.on_request
async def before(request):
    if request.path.endswith(b"/before"):
        leave(request)


@below.on_response
async def after(request):
    if b"/after" in request.path:
        await asyncio.sleep(0)
        leave(request)


@below.route("/before")
@below.route("/after")
async def never_seen():
    return "Hello World!"


@below.route("/after-write")
async def never_written(response):
    await response.write(b"never written")


@app.route("/closing")
async def closing(request, context):
    context.exits = request
    return "closing"


@app.on_close
async def close(context):
    if "exits" in context:
        leave(context.exits)


app.mount("/below", below)


@app.error(500)
async def on_error(exc, request):
    if request.path == b"/page":
        await asyncio.sleep(0)
        leave(request)


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app.run(host, int(port), loop=sys.argv[2], app_close_timeout=0)
