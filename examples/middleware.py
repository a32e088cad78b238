"""Middleware, hooks, a view and a mounted application.

`python examples/middleware.py`, then `curl -iH 'X-Token: secret' http://127.0.0.1:8000/admin/`.
"""

import sys
import time

from tremolo import Application
from tremolo.exceptions import Unauthorized

app = Application()
admin = Application()


@app.on_worker_start
async def start(globals):  # noqa: A002 - its name
    globals.began = time.monotonic()


@app.on_request
async def begin(request):
    request.ctx.began = time.monotonic()


@app.on_response
async def tell_the_time(request, response):
    took = 1000 * (time.monotonic() - request.ctx.began)
    response.set_header("Server-Timing", f"app;dur={took:.0f}")


@app.route("/")
async def index(globals):  # noqa: A002 - its name
    return f"up for {time.monotonic() - globals.began:.0f} s\n"


@app.route("/notes/{number}", prefix="note")
class Note:
    """A view: an instance for each request, a method for each method."""

    def __init__(self, prefix):
        self.prefix = prefix

    async def get(self, number: int):
        return f"{self.prefix} {number}\n"

    async def put(self, request, number: int):
        text = await request.body()
        return f"{self.prefix} {number} is now {len(text)} bytes long\n"


@admin.on_request
async def authenticate(request):
    """After an exception the handler does not run."""
    if request.headers.get(b"x-token") != [b"secret"]:
        raise Unauthorized


@admin.route("/")
async def welcome():
    return "welcome\n"


# An application with middleware of its own has none of the outer one.
app.mount("/admin", admin)

if __name__ == "__main__":
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000").rpartition(":")
    app.run(host, int(port))
