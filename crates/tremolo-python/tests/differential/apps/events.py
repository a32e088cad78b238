"""Server-sent events."""

from typing import Any

from case import get, post, with_rows
from rows import ERRORS_KEPT, EVENT_CR, EVENT_HEAD, EVENT_LINES, NO_EVENTS, PAGES, RETURNED
from tremolo import Application

app = Application()


@app.route("/events")
async def events(sse: Any = None) -> None:
    await sse.send("first")
    await sse.send(b"second", event="kind", event_id="7", retry=2500)
    await sse.send("one\ntwo")
    await sse.close()


@app.route("/one")
async def one(sse: Any = None) -> None:
    await sse.send("only")
    await sse.close()


@app.route("/handles")
async def handles(request: Any, response: Any, sse: Any = None) -> None:
    same = sse.request.path == request.path
    sse.response.set_header("X-Path", sse.request.path)
    await sse.send(f"{same} {response.headers_sent()}")
    await sse.close()


@app.route("/body")
async def body(sse: Any = None) -> str:
    return f"sse is {sse}"


@app.route("/refused")
async def refused(response: Any, sse: Any = None) -> str:
    response.set_status(403, "Forbidden")
    return "no events"


@app.route("/bad-kind")
async def bad_kind(sse: Any = None) -> None:
    await sse.send("x", event="a\nb")


@app.route("/carriage-return")
async def carriage_return(sse: Any = None) -> None:
    await sse.send("one\rtwo")
    await sse.close()


@app.route("/line-ends")
async def line_ends(sse: Any = None) -> None:
    await sse.send("one\n\ntwo\n")
    await sse.close()


CASES = with_rows(
    (
        get("/events"),
        get("/one"),
        get("/handles"),
        post("/body", "body", "x"),
        get("/refused"),
        get("/bad-kind"),
        get("/carriage-return"),
        get("/line-ends"),
    ),
    {
        EVENT_HEAD: "events one handles carriage-return line-ends",
        EVENT_CR: "carriage-return",
        EVENT_LINES: "line-ends",
        RETURNED: "body refused",
        NO_EVENTS: "refused",
        PAGES: "bad-kind",
        ERRORS_KEPT: "bad-kind",
    },
)
