"""An application that is watched. `python monitoring.py ADDRESS LOOP METHOD OPTIONS`."""

import asyncio
import json
import multiprocessing
import os
import sys

import tremolo
from tremolo import Application

app = Application()
app.context.has_begun = False
app.add_route(tremolo.metrics, "/metrics")
app.add_route(tremolo.health, "/health")
app.add_route(tremolo.readiness, "/ready")


@app.route("/hello")
async def hello():
    return str(os.getpid())


@app.route("/thread")
def in_a_thread():
    return "from a thread"


@app.route("/fails")
async def fails():
    raise tremolo.exceptions.ServiceUnavailable


@app.route("/never")
async def never():
    await asyncio.get_running_loop().create_future()


@app.route("/stats")
async def stats(app):
    return json.dumps(app.stats())


@app.route("/later")
async def later(response):
    """Whether the server is ready after a signal to stop."""
    app.context.has_begun = True
    while app.is_ready:  # noqa: ASYNC110 - nothing reports the signal to the handler
        await asyncio.sleep(0.01)
    return await tremolo.readiness(app, response)


@app.route("/has-begun")
async def has_begun():
    return str(app.context.has_begun)


@app.route("/id")
async def show_id(request):
    assert request.id == request.id
    return request.id


@app.route("/trace")
async def show_trace(request):
    return repr(request.trace_parent)


@app.route("/die")
async def die():
    os._exit(9)


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[3])
    host, _, port = sys.argv[1].rpartition(":")
    app.run(host, int(port), loop=sys.argv[2], **json.loads(sys.argv[4]))
