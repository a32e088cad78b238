"""Errors that handlers raise, redirects, and pages of the application's own."""

from collections.abc import AsyncIterator
from typing import Any

from case import get, head, raw, with_rows
from rows import ERRORS_KEPT, ORDER, PAGES, RETURNED, UNEXPECTED
from tremolo import Application
from tremolo.exceptions import BadRequest, Forbidden, NotFound, TooManyRequests, Unauthorized

app = Application()


@app.route("/bad-request")
async def bad_request() -> None:
    raise BadRequest("so not", content_type="text/plain")


@app.route("/forbidden")
async def forbidden() -> None:
    raise Forbidden("go <away>")


@app.route("/phrase")
async def phrase() -> None:
    raise Forbidden


@app.route("/field")
async def field() -> None:
    raise TooManyRequests("later", retry_after="7")


@app.route("/value-error")
async def value_error() -> None:
    raise ValueError("secret <b>")


@app.route("/timeout")
async def timeout() -> None:
    raise TimeoutError


@app.route("/fields-dropped")
async def fields_dropped(response: Any) -> None:
    response.set_header("X-A", "1")
    raise BadRequest("plain", content_type="text/plain")


@app.route("/after-head")
async def after_head(response: Any) -> None:
    await response.write(b"Hello")
    raise ValueError("late")


@app.route("/after-piece")
async def after_piece() -> AsyncIterator[bytes]:
    yield b"Hello"
    raise ValueError("late")


@app.route("/redirect")
async def redirect(response: Any) -> None:
    response.set_header("X-A", "1")
    raise response.redirect("/there")


@app.route("/redirect-303")
async def redirect_303(response: Any) -> None:
    raise response.redirect("/there", 303)


@app.route("/own-page")
async def own_page() -> None:
    raise NotFound("mine")


@app.route("/unauthorized")
async def raise_unauthorized() -> None:
    raise Unauthorized


@app.error(401)
async def unauthorized(exc: Any, **server: Any) -> str:
    return f"own page: {exc.code}"


@app.error(404)
async def not_found(request: Any, **server: Any) -> str:
    return f"own page for {request.path.decode()}"


CASES = with_rows(
    (
        *(
            get(f"/{name}")
            for name in (
                "bad-request",
                "forbidden",
                "phrase",
                "field",
                "value-error",
                "timeout",
                "fields-dropped",
                "after-head",
                "after-piece",
                "redirect",
                "redirect-303",
                "own-page",
                "unauthorized",
                "nowhere",
            )
        ),
        head("/bad-request"),
        get("/", name="index"),
        raw(
            "nowhere-with-body", "POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
        ),
    ),
    {
        ERRORS_KEPT: "bad-request forbidden phrase field value-error timeout fields-dropped"
        " own-page unauthorized nowhere bad-request-head nowhere-with-body",
        UNEXPECTED: "value-error",
        RETURNED: "index",
        PAGES: "forbidden phrase field value-error timeout index",
        ORDER: "field after-head redirect redirect-303",
    },
)
