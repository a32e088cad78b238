"""Statuses without a body, and statuses that are none."""

from collections.abc import AsyncIterator
from typing import Any

from case import get, with_rows
from rows import (
    ANNOUNCED,
    NO_CONTENT,
    NOT_MODIFIED,
    PAGES,
    RESET_CONTENT,
    RETURNED,
    SET_STATUS_PHRASE,
    STATUS,
)
from tremolo import Application

app = Application()


def add(status: int, phrase: bytes) -> None:
    async def whole(response: Any) -> bytes:
        response.set_status(status, phrase)
        return b"body"

    async def pieces(response: Any) -> AsyncIterator[bytes]:
        response.set_status(status, phrase)
        yield b"body"

    async def end(response: Any) -> None:
        response.set_status(status, phrase)
        await response.end(b"body")

    app.add_route(whole, f"/return-{status}")
    app.add_route(pieces, f"/yield-{status}")
    app.add_route(end, f"/end-{status}")


STATUSES = {204: b"No Content", 205: b"Reset Content", 304: b"Not Modified", 299: b"Fine"}
for status, phrase in {**STATUSES, 103: b"Early Hints", 999: b"Odd"}.items():
    add(status, phrase)


@app.route("/phrase")
async def phrase_of_404(response: Any) -> bytes:
    response.set_status(404)
    return b"body"


CASES = with_rows(
    (
        *(get(f"/{way}-{code}") for code in STATUSES for way in ("return", "yield", "end")),
        get("/return-103"),
        get("/return-999"),
        get("/phrase"),
    ),
    {
        RETURNED: "return-299 phrase",
        SET_STATUS_PHRASE: "phrase",
        STATUS: "return-103 return-999",
        PAGES: "return-103 return-999",
        NO_CONTENT: "end-204",
        RESET_CONTENT: "return-205 yield-205 end-205",
        NOT_MODIFIED: "yield-304 end-304",
        ANNOUNCED: "yield-204 yield-205 yield-304",
    },
)
