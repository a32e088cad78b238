"""Hooks of a worker and of a connection: their order, their arguments, the end of a chain."""

from typing import Any

from case import get, raw, with_rows
from rows import RETURNED
from tremolo import Application

app, below = Application(), Application()


@app.on_worker_start
async def first(globals: Any, **everything: Any) -> None:  # noqa: A002
    globals.order = [*globals.get("order", []), "first"]
    common = ("app", "context", "loop", "logger")
    globals.names = [name for name in common if everything.get(name) is not None]


@app.on_worker_start()
async def second(context: Any, globals: Any, **everything: Any) -> None:  # noqa: A002
    context.order.append("second")
    globals.same = context is globals


@app.hook("worker_start", priority=1)
async def earliest(globals: Any, **everything: Any) -> None:  # noqa: A002
    globals.order = ["earliest"]


async def added(globals: Any, **everything: Any) -> bool:  # noqa: A002
    globals.order.append("added")
    return True


app.add_hook(added, "worker_start", 1000)


@app.on_worker_start(priority=1001)
async def never(globals: Any, **everything: Any) -> None:  # noqa: A002
    globals.order.append("never")


@app.on_connect
async def connect(context: Any, globals: Any, **everything: Any) -> None:  # noqa: A002
    context.order = ["connect"]
    globals.connected = globals.get("connected", 0) + 1


@app.on_connect
async def connect_next(context: Any, **everything: Any) -> None:
    context.order.append("next")


@below.on_connect(priority=1000)
async def connect_below(context: Any, **everything: Any) -> bool:
    context.order.append("below")
    return True


@app.on_connect(priority=1001)
async def connect_never(context: Any, **everything: Any) -> None:
    context.order.append("never")


@app.route("/worker")
async def worker(globals: Any, **server: Any) -> str:  # noqa: A002
    return f"{globals.order} {globals.names} {globals.same} {globals.connected > 0}"


@app.route("/connection")
async def connection(context: Any, request: Any, **server: Any) -> str:
    context.order.append("handler")
    return f"{context.order} {context is request.server.context}"


# The original mounts only where there is a pattern already.
app.add_route(worker, r"^/pattern$")
app.mount("/below", below)

CASES = with_rows(
    (
        get("/worker"),
        get("/connection"),
        raw("twice", 2 * "GET /connection HTTP/1.1\r\nHost: h\r\n\r\n"),
    ),
    {RETURNED: "worker connection twice"},
)
