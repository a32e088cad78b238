"""Requests with all that an application can have around a handler. `python leftovers.py LOOP`."""

import asyncio
import gc
import json
import os
import sys
from pathlib import Path

from tremolo import Application
from tremolo.exceptions import Forbidden

app, below = Application(), Application()


@app.on_connect
async def connect(context):
    context.requests = 0


@app.on_close
async def close(context, globals):  # noqa: A002 - its name
    globals.served = globals.get("served", 0) + context.requests


@app.on_request
async def before(request, context):
    context.requests += 1
    request.ctx.user = {"name": request.path}
    if request.path == b"/forbidden":
        raise Forbidden


@app.on_response
async def after(request, response):
    response.set_header("X-User", request.ctx.user["name"])


@app.error(403)
async def page(exc):
    return f"a page for {exc.code}"


@below.on_request
async def before_below(request):
    request.ctx.update(user={"name": b"below"}, below=request)


@app.route("/tasks")
async def tasks(request, response, context):
    async def note(number):
        await asyncio.sleep(0)
        context.last = number

    own = request.server.create_task(note(1))
    context.waits = request.server.create_task(asyncio.Event().wait())
    app.create_task(note(2))
    await own
    context.waits.cancel()
    await response.end(b"done")


@app.route("/shared")
async def shared(lock, globals):  # noqa: A002
    async with lock:
        return str(await globals.executor.submit(abs, (-5,)))


@app.route(r"^/view/(?P<name>\w+)", size=5)
class View:
    def __init__(self, size):
        self.me = self, size

    async def get(self, name, request):
        request.ctx.view = self
        yield name


@below.route("/thread")
def thread(request):
    return repr(request.params.below is request)


@app.route("/left")
async def left():
    """What is left, without what the collector finds."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])  # noqa: ASYNC240 - no disk
    objects, tasks = len(gc.get_objects()), len(asyncio.all_tasks())
    return json.dumps([objects, tasks, pages * os.sysconf("SC_PAGESIZE")])


app.mount("/below", below)

if __name__ == "__main__":
    app.run("127.0.0.1", loop=sys.argv[1], log_level="CRITICAL")
