"""A server for production: its configuration is in the environment and in a file.

`TREMOLO_CONFIG=server.toml python examples/server.py 127.0.0.1:8000`. `docs/production.md` is about
running it, and `deploy/` has files for systemd, containers and proxies. Without an argument it
listens on `TREMOLO_BIND`; `TREMOLO_WORKER_NUM` is the number of processes.
"""

import asyncio
import json
import os
import sys

import tremolo
from tremolo import Application
from tremolo.exceptions import BadRequest

app = Application()


def number(request, name):
    try:
        return int(request.query[name][0])
    except (KeyError, ValueError):
        raise BadRequest(f"{name}: a number is missing") from None


@app.route("/hello")
async def hello():
    return "Hello World!"


@app.route("/sleep")
async def sleep(request):
    ms = number(request, "ms")
    await asyncio.sleep(ms / 1000)
    return f"slept {ms} ms\n"


@app.route("/stream")
async def stream(request):
    """Sends a piece, waits, and so on. It ends early when the server shuts down."""
    pieces, pause = number(request, "pieces"), number(request, "ms") / 1000
    piece = b"." * 1024
    for _ in range(pieces):
        yield piece
        if request.is_draining:
            break
        await asyncio.sleep(pause)


@app.route("/upload", client_max_body_size=10 << 30)
async def upload(request):
    """Counts the bytes of a body of any length, and keeps none of them."""
    size = 0
    async for piece in request.stream():
        size += len(piece)
    return f"{size}\n"


@app.route("/echo")
async def echo(websocket):
    async for message in websocket:
        await websocket.send(message)


@app.route("/stats")
async def stats(app, response):
    """What a program reads more easily than `/metrics`. The numbers are those of all workers."""
    response.set_content_type("application/json")
    return json.dumps({**app.stats(), "process": os.getpid()})


app.add_route(tremolo.metrics, "/metrics")
app.add_route(tremolo.health, "/health")
app.add_route(tremolo.readiness, "/ready")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        host, _, port = sys.argv[1].rpartition(":")
        app.run(host.strip("[]"), int(port))
    else:
        app.run()
