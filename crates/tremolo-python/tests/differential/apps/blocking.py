"""Plain functions and generators: they run on threads, and their methods wait."""

import threading
from collections.abc import Iterator
from typing import Any

from case import get, head, old, post, with_rows
from rows import ANNOUNCED, ERRORS_KEPT, NO_PIECES, ORDER, RETURNED
from tremolo import Application
from tremolo.exceptions import BadRequest

app = Application()


@app.route("/return")
def whole(**server: Any) -> str:
    return "Hello"


@app.route("/return-none")
def nothing(**server: Any) -> None:
    pass


@app.route("/return-tuple")
def whole_encoded(**server: Any) -> tuple[str, str]:
    return "W\u00f6rld", "latin-1"


@app.route("/thread")
def thread(**server: Any) -> str:
    return str(threading.current_thread() is threading.main_thread())


@app.route("/yield")
def pieces(**server: Any) -> Iterator[bytes]:
    yield b"Hello "
    yield b"World"


@app.route("/yield-nothing")
def no_pieces(**server: Any) -> Iterator[bytes]:
    yield from ()


@app.route("/yield-late-error")
def late_error(**server: Any) -> Iterator[bytes]:
    yield b"Hello"
    raise ValueError("late")


@app.route("/raise")
def raises(**server: Any) -> None:
    raise BadRequest("why", content_type="text/plain")


@app.route("/status")
def status(request: Any, response: Any, **server: Any) -> str:
    response.set_status(201, "Made")
    response.set_header("X-Path", request.path)
    response.set_content_type("text/plain")
    return "Hello"


@app.route("/body")
def body(request: Any, **server: Any) -> bytes:
    return bytes(request.body())


@app.route("/stream")
def stream(request: Any, **server: Any) -> Iterator[bytes]:
    yield from request.stream()
    yield b"."


@app.route("/read")
def read(request: Any, **server: Any) -> bytes:
    return bytes(request.read(4)) + b"|" + bytes(request.read(4))


@app.route("/form")
def form(request: Any, **server: Any) -> str:
    request.form()
    return repr(request.params.post)


@app.route("/write")
def write(response: Any, **server: Any) -> None:
    response.write(b"Hello ")
    response.write(b"World")
    response.write(b"")


@app.route("/end")
def end(response: Any, **server: Any) -> None:
    response.end(b"Hello")


@app.route("/redirect")
def redirect(response: Any, **server: Any) -> None:
    raise response.redirect("/there")


@app.route("/options")
def options(
    status: tuple[int, bytes] = (418, b"Teapot"), content_type: str = "text/plain", **server: Any
) -> str:
    return "short"


PATHS = (
    "return return-none return-tuple thread yield yield-nothing yield-late-error raise status"
    " write end redirect options"
).split()

URLENCODED = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n"

CASES = with_rows(
    (
        *(get(f"/{path}") for path in PATHS),
        *(head(f"/{path}") for path in ("return", "yield")),
        *(old(f"/{path}") for path in ("return", "yield")),
        post("/body", "body", "Hello"),
        post("/stream", "stream", "Hello"),
        post("/read", "read", "Hello World"),
        post("/form", "form", "a=1", fields=URLENCODED),
    ),
    {
        RETURNED: "return return-tuple thread status options return-head body read form",
        NO_PIECES: "yield-nothing",
        ERRORS_KEPT: "raise",
        ORDER: "write redirect",
        ANNOUNCED: "read",
    },
)
