"""Every exception with a status, their causes, and every kind of page for them."""

from collections.abc import AsyncIterator
from typing import Any

from case import get, head, old, post, with_rows
from rows import (
    ANNOUNCED,
    ARGUMENTS,
    ENDED_RETURNS,
    ERRORS_KEPT,
    HEAD_FAILS,
    ORDER,
    PAGE_FAILS,
    PAGES,
    REDIRECT,
    RETURN_NO_BODY,
    SPELLING,
    STATUS,
    UNEXPECTED,
)
from tremolo import Application, exceptions
from tremolo.exceptions import BadRequest, Forbidden, HTTPException, HTTPRedirect, NotFound

app = Application()


class Teapot(HTTPException):
    code = 418
    message = "Teapot"
    content_type = "text/plain"


class Missing(NotFound):
    pass


PLAIN = {"content_type": "text/plain"}
NAMES = (
    "BadRequest Unauthorized Forbidden NotFound MethodNotAllowed RequestTimeout"
    " PreconditionFailed PayloadTooLarge RangeNotSatisfiable ExpectationFailed TooManyRequests"
    " InternalServerError ServiceUnavailable"
).split()

RAISED: dict[str, Any] = {
    **{name: lambda name=name: getattr(exceptions, name)("why", **PLAIN) for name in NAMES},
    "no-text": lambda: BadRequest(**PLAIN),
    "texts": lambda: BadRequest("a", "b", 3, **PLAIN),
    "number-first": lambda: BadRequest(3, "b", **PLAIN),
    "base": lambda: HTTPException("why", **PLAIN),
    "own-code": lambda: HTTPException("why", code=418, message="Teapot", **PLAIN),
    "own-class": Teapot,
    "subclass": lambda: Missing("why", **PLAIN),
    "latin-1": lambda: BadRequest("\u00e9", content_type="text/plain; charset=latin-1"),
    "wide": lambda: BadRequest("\u20ac", **PLAIN),
    "cause": lambda: BadRequest(cause=ValueError("secret"), **PLAIN),
    "cause-and-text": lambda: BadRequest("own", cause=ValueError("secret"), **PLAIN),
    "cause-timeout": lambda: HTTPException(cause=TimeoutError(), **PLAIN),
    "cause-answer": lambda: HTTPException(cause=Forbidden("why"), **PLAIN),
    "fields": lambda: BadRequest("why", x_a="1", x_b=b"2", allow="GET", **PLAIN),
    "field-cookie": lambda: Forbidden("why", set_cookie="a=1", **PLAIN),
    "field-crlf": lambda: BadRequest("why", x_a="1\r\nX-B: 2", **PLAIN),
    "redirect-raised": lambda: HTTPRedirect(location="/there"),
    "redirect-text": lambda: HTTPRedirect("go there", location="/there"),
    "no-error": lambda: HTTPException("fine", code=202, message="Accepted", **PLAIN),
    "socket": lambda: exceptions.WebSocketServerClosed("why"),
}


def add(name: str, make: Any) -> None:
    async def handler(response: Any) -> None:
        response.set_header("X-Dropped", "1")
        raise make()

    app.add_route(handler, f"/{name}")


for name, make in RAISED.items():
    add(name, make)


@app.route("/from")
async def raise_from() -> None:
    try:
        raise ValueError("secret")
    except ValueError as error:
        raise BadRequest("own", content_type="text/plain") from error


@app.route("/as-value")
async def as_value() -> Any:
    return BadRequest("why")


@app.route("/before-piece")
async def before_piece() -> AsyncIterator[bytes]:
    raise BadRequest("why", content_type="text/plain")
    yield b""


@app.route("/after-end")
async def after_end(response: Any) -> None:
    await response.end(b"Hello")
    raise BadRequest("late")


def redirects(code: int | None) -> None:
    async def handler(response: Any) -> None:
        response.set_cookie("a", "1", expires=60)
        raise response.redirect("/there", code) if code else response.redirect(url=b"/there")

    app.add_route(handler, f"/redirect-{code}")


CODES = (None, 301, 302, 303, 307, 308, 404)
for code in CODES:
    redirects(code)


#: What the page of a status gives back.
PAGES_OWN: dict[int, Any] = {
    420: None,
    421: "text \u00e9",
    422: b"bytes",
    423: bytearray(b"bytearray"),
    424: "",
    425: 42,
}


def page(code: int, given: Any) -> None:
    @app.error(code)
    async def own(**server: Any) -> Any:
        return given

    async def handler() -> None:
        raise HTTPException("built-in", code=code, message="Own", content_type="text/plain")

    app.add_route(handler, f"/page-{code}")


for code, given in PAGES_OWN.items():
    page(code, given)


@app.error(426)
def plain_page(exc: Any, **server: Any) -> str:
    return f"plain {exc.code}"


@app.error(427)
async def failing_page(exc: Any, **server: Any) -> str:
    raise KeyError("secret")


@app.error(428)
async def named_page(exc: Any, request: Any) -> str:
    return f"{exc} for {request.path.decode()}"


@app.error(429)
async def page_with_head(response: Any, **server: Any) -> str:
    response.set_header("X-Page", "1")
    response.set_content_type("text/x")
    return "with a head"


@app.error(430)
async def page_that_ends(response: Any, **server: Any) -> None:
    await response.end(b"ended")


for code in (426, 427, 428, 429, 430):

    async def raise_code(code: int = code) -> None:
        raise HTTPException("built-in", code=code, message="Own", content_type="text/plain")

    app.add_route(raise_code, f"/page-{code}")


#: Errors after which the original closes.
KEPT = (
    *(RAISED.keys() - {"field-crlf", "redirect-raised", "redirect-text", "no-error"}),
    *("from", "before-piece", "NotFound-head", "NotFound-unread"),
    *(f"page-{code}" for code in range(420, 431) if code != 425),
)

CASES = with_rows(
    (
        *(get(f"/{name}") for name in RAISED),
        *(get(f"/{name}") for name in ("from", "as-value", "before-piece", "after-end")),
        *(get(f"/redirect-{code}") for code in CODES),
        *(get(f"/page-{code}") for code in range(420, 431)),
        head("/NotFound"),
        head("/redirect-302"),
        old("/NotFound"),
        old("/redirect-302"),
        old("/redirect-303"),
        get("/NotFound", name="NotFound-close", fields="Connection: close\r\n"),
        post("/NotFound", "NotFound-unread", "Hello"),
        post("/redirect-302", "redirect-unread", "Hello"),
    ),
    {
        ERRORS_KEPT: " ".join(KEPT),
        PAGES: "NotFound subclass NotFound-head NotFound-1.0 NotFound-close NotFound-unread",
        UNEXPECTED: "cause",
        ORDER: "fields field-cookie TooManyRequests page-429 redirect-raised redirect-text no-error"
        " redirect-302-head redirect-302-1.0 redirect-303-1.0 redirect-unread "
        + " ".join(f"redirect-{code}" for code in CODES),
        SPELLING: "redirect-302-head redirect-302-1.0 redirect-303-1.0 redirect-unread "
        + " ".join(f"redirect-{code}" for code in CODES),
        HEAD_FAILS: "field-crlf",
        STATUS: "socket",
        RETURN_NO_BODY: "as-value",
        ENDED_RETURNS: "after-end",
        REDIRECT: "redirect-307 redirect-308 redirect-303-1.0",
        PAGE_FAILS: "page-425 page-427",
        ARGUMENTS: "page-428",
        ANNOUNCED: "redirect-unread",
    },
)
