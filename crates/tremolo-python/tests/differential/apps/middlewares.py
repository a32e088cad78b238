"""Middleware of an application: order, halts, errors, what it may change."""

from collections.abc import AsyncIterator
from typing import Any

from case import get, head, old, post, raw, with_rows
from rows import (
    BODY_REPLACED,
    ERRORS_KEPT,
    HALTED,
    ORDER,
    PAGES,
    RESPONSE_MIDDLEWARE,
    RETURNED,
    TYPE_SET,
    UNEXPECTED,
)
from tremolo import Application
from tremolo.exceptions import Forbidden, HTTPException

app = Application()


def trace(request: Any, name: str) -> None:
    request.ctx.trace = request.ctx.get("trace", "") + name


@app.on_request
async def normal(request: Any, **server: Any) -> None:
    trace(request, "b")


@app.on_request()
async def normal_too(request: Any, **server: Any) -> None:
    trace(request, "c")


@app.middleware("request", priority=1)
async def early(request: Any, response: Any, **server: Any) -> Any:
    trace(request, "a")
    match request.path:
        case b"/halt":
            return "halted"
        case b"/halt-bytes":
            return b"halted"
        case b"/halt-latin-1":
            return "h\u00e9", "latin-1"
        case b"/halt-end":
            await response.end(b"ended")
        case b"/halt-fields":
            response.set_header("X-Early", "1")
            response.set_status(201, b"Made")
            return "halted"
        case b"/raise":
            raise Forbidden("no", content_type="text/plain")
        case b"/raise-own":
            raise HTTPException("own", code=409, message="Own", content_type="text/plain")
        case b"/raise-value":
            raise ValueError("secret")
        case b"/fields":
            response.set_header("X-Early", "1")
            response.set_status(202, b"Taken")
            response.set_content_type("text/x")
    return None


async def late(request: Any, **server: Any) -> None:
    trace(request, "d")


app.add_middleware(late, priority=1000)


@app.on_response
async def stamp(request: Any, response: Any, **server: Any) -> Any:
    trace(request, "z")
    if request.path == b"/probe":
        return None
    response.set_header("X-Trace", request.ctx.trace)
    match request.path:
        case b"/replaced":
            return "replaced"
        case b"/stamp-raises":
            raise Forbidden("late", content_type="text/plain")
        case b"/stamp-status":
            response.set_status(203, b"Stamped")
        case b"/stamp-type":
            response.set_content_type("text/x")
        case b"/stamp-appends":
            response.append_header("X-More", "1")
            response.append_header("X-More", "2")
    return None


@app.on_response
async def outer(request: Any, **server: Any) -> None:
    trace(request, "y")


@app.on_response(priority=1)
async def outermost(request: Any, **server: Any) -> None:
    trace(request, "x")


RETURNS = (
    "hello halt halt-bytes halt-latin-1 halt-end halt-fields raise raise-own raise-value fields"
    " replaced stamp-raises stamp-status stamp-type stamp-appends"
).split()


async def hello(request: Any, **server: Any) -> str:
    trace(request, "h")
    return "Hello"


for name in RETURNS:
    app.add_route(hello, f"/{name}")


@app.route("/pieces")
async def pieces(request: Any, **server: Any) -> AsyncIterator[bytes]:
    trace(request, "h")
    yield b"one"
    yield b"two"


@app.route("/write")
async def write(response: Any, **server: Any) -> None:
    await response.write(b"one")
    await response.write(b"")


@app.route("/end")
async def end(response: Any, **server: Any) -> None:
    await response.end(b"ended")


@app.route("/send")
async def send(response: Any, **server: Any) -> None:
    await response.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw")
    await response.send(None)


@app.route("/handler-raises")
async def handler_raises(**server: Any) -> None:
    raise Forbidden("no", content_type="text/plain")


CASES = with_rows(
    (
        *(get(f"/{name}") for name in RETURNS),
        *(get(f"/{name}") for name in ("pieces", "write", "end", "send", "handler-raises")),
        get("/nowhere"),
        head("/hello"),
        head("/pieces"),
        old("/hello"),
        old("/halt"),
        post("/hello", "hello-post", "body"),
        raw("malformed", "GET /hello HTTP/1.1\r\nHost : h\r\n\r\n"),
    ),
    {
        RETURNED: "hello fields stamp-status stamp-type stamp-appends hello-head hello-post",
        ORDER: "hello fields replaced stamp-status stamp-appends pieces write hello-head"
        " pieces-head hello-1.0 hello-post halt-fields",
        HALTED: "halt halt-bytes halt-latin-1 halt-end halt-fields halt-1.0",
        RESPONSE_MIDDLEWARE: "write end send raise raise-own raise-value handler-raises nowhere"
        " malformed",
        ERRORS_KEPT: "raise raise-own raise-value stamp-raises handler-raises nowhere",
        UNEXPECTED: "raise-value",
        PAGES: "raise-value nowhere malformed",
        BODY_REPLACED: "replaced",
        TYPE_SET: "stamp-type",
    },
)
