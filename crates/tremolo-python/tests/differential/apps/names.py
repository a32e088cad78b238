"""What programs import: names of modules, statuses of exceptions, rules of their constructors."""

import contextlib
import importlib
import io
import sys
from typing import Any

import tremolo
from case import get, with_rows
from rows import ESCAPE
from tremolo import Application, exceptions, utils
from tremolo.exceptions import BadRequest, HTTPException, WebSocketException

app = Application()

MODULES = {
    "tremolo": "Application Tremolo run exceptions utils",
    "tremolo.__main__": "usage bind version",
    "tremolo.utils": "html_escape parse_args memory_usage to_sync AsyncToSyncWrapper",
    "tremolo.lib.websocket": "WebSocket",
    "tremolo.lib.http_header": "HTTPHeader Headers",
    "tremolo.lib.connections": "KeepAliveConnections",
    "tremolo.lib.contexts": "WorkerContext RequestContext ConnectionContext Context",
}

ERRORS = (
    "HTTPException BadRequest Unauthorized Forbidden NotFound MethodNotAllowed RequestTimeout"
    " PreconditionFailed PayloadTooLarge RangeNotSatisfiable ExpectationFailed TooManyRequests"
    " InternalServerError ServiceUnavailable HTTPRedirect"
).split()

WEBSOCKET_ERRORS = "WebSocketException WebSocketClientClosed WebSocketServerClosed".split()


@app.route("/modules")
async def modules(response: Any) -> None:
    found = {
        name: [item for item in names.split() if hasattr(importlib.import_module(name), item)]
        for name, names in MODULES.items()
    }
    await response.end(repr(found).encode())


@app.route("/application")
async def application(response: Any) -> None:
    kind = tremolo.Application
    said = [kind is tremolo.Tremolo, kind.__name__, isinstance(tremolo.__version__, str)]
    await response.end(repr([*said, tremolo.utils is utils]).encode())


@app.route("/errors")
async def errors(response: Any) -> None:
    kinds = [getattr(exceptions, name) for name in ERRORS]
    said = [(kind.code, kind.message, issubclass(kind, HTTPException)) for kind in kinds]
    await response.end(repr(said).encode())


@app.route("/websocket-errors")
async def websocket_errors(response: Any) -> None:
    kinds = [getattr(exceptions, name) for name in WEBSOCKET_ERRORS]
    said = [(kind.code, issubclass(kind, WebSocketException)) for kind in kinds]
    await response.end(repr(said).encode())


@app.route("/constructed")
async def constructed(response: Any) -> None:
    plain = HTTPException("a", "b", code=418, message="Own", content_type="text/x; charset=latin-1")
    said = [str(plain), plain.code, plain.message, plain.encoding, str(BadRequest())]
    await response.end(repr(said).encode())


@app.route("/wrapped")
async def wrapped(response: Any) -> None:
    first = BadRequest("first")
    said = [
        HTTPException(cause=first) is first,
        *(type(HTTPException(cause=error)).__name__ for error in (TimeoutError(), ValueError("x"))),
        type(BadRequest(cause=ValueError("x"))).__name__,
        type(WebSocketException(cause=first)).__name__,
        HTTPException(cause=ValueError("x")).args,
        BadRequest("own", cause=ValueError("x")).args,
    ]
    await response.end(repr(said).encode())


@app.route("/cause-text")
async def cause_text(response: Any) -> None:
    await response.end(str(HTTPException(cause=ValueError("x"))).encode())


@app.route("/escape")
async def escape(response: Any) -> None:
    text = "<a href='b'>\"&amp;"
    said = [utils.html_escape(text), utils.html_escape(text.encode())]
    await response.end(repr(said).encode())


@app.route("/memory")
async def memory(response: Any) -> None:
    await response.end(repr(utils.memory_usage() > 1000).encode())


def parsed(*arguments: str, **callbacks: Any) -> Any:
    """What `parse_args` returns, or the code with which it exits, and what it prints."""
    given, output = sys.argv, io.StringIO()
    sys.argv = ["program", *arguments]
    try:
        with contextlib.redirect_stdout(output):
            found = utils.parse_args(**callbacks)
        return [found["port"], found["host"], found.get("own")]
    except SystemExit as error:
        return error.code, output.getvalue().split("value")[0]
    finally:
        sys.argv = given


@app.route("/parse-args")
async def parse_args(response: Any) -> None:
    def own(value: str = "", options: Any = None, **_: Any) -> int | None:
        options["own"] = value
        return 3 if value == "end" else None

    said = [
        parsed("--port", "81", "--host", "::1"),
        parsed("--port", "x"),
        parsed("--nothing"),
        parsed("--own", "1", own=own),
        parsed("--own", "end", own=own),
    ]
    await response.end(repr(said).encode())


PATHS = (
    "modules application errors websocket-errors constructed wrapped cause-text escape memory"
    " parse-args"
)

CASES = with_rows([get(f"/{path}") for path in PATHS.split()], {ESCAPE: "escape"})
