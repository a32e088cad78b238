"""The page for 500, which serves other statuses too."""

from typing import Any

from case import get, with_rows
from rows import ERRORS_KEPT, ORDER, PAGE_FAILS, PAGES
from tremolo import Application
from tremolo.exceptions import BadRequest, Forbidden, HTTPException, MethodNotAllowed, NotFound

app = Application()

RAISED = {
    "forbidden": Forbidden("why"),
    "bad-request": BadRequest("why", content_type="text/plain"),
    "not-found": NotFound("why"),
    "not-allowed": MethodNotAllowed("why", content_type="text/plain"),
    "own-code": HTTPException("why", code=418, message="Teapot"),
    "key-error": KeyError("mine"),
    "failing": ValueError("fail"),
    "beyond": HTTPException("why", code=599, message="Far", content_type="text/plain"),
}


def add(name: str, error: Exception) -> None:
    async def handler(response: Any) -> None:
        response.set_header("X-Dropped", "1")
        raise error

    app.add_route(handler, f"/{name}")


for name, error in RAISED.items():
    add(name, error)


@app.error(500)
async def page(exc: Any, response: Any, **server: Any) -> str:
    response.set_header("X-Page", "1")
    if exc.args == ("fail",):
        raise KeyError("page")
    return f"{type(exc.__cause__).__name__}: {exc}"


CASES = with_rows(
    (*(get(f"/{name}") for name in RAISED),),
    {
        ERRORS_KEPT: " ".join(RAISED),
        ORDER: "forbidden own-code key-error",
        PAGES: "not-found",
        PAGE_FAILS: "failing",
    },
)
