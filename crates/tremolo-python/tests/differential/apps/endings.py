"""Each way to end a response, under each of the conditions that decide about the connection."""

from typing import Any

from apps.responses import app
from case import Case, get, head, post, with_rows
from rows import (
    ANNOUNCED,
    EMPTY_STREAM,
    ENDED_RETURNS,
    ERRORS_KEPT,
    HEAD,
    ORDER,
    PAGES,
    RETURNED,
    UNENDED,
    WRITE_END,
)
from tremolo.exceptions import NotFound


@app.route("/raise")
async def raises() -> None:
    raise NotFound("why", content_type="text/plain")


@app.route("/left")
async def left(request: Any, response: Any) -> bool:
    HELD.append(response)
    return True


@app.route("/release")
async def release(response: Any) -> None:
    HELD.clear()
    await response.end()


HELD: list[Any] = []

PATHS = (
    "yield yield-plain yield-empty return return-plain return-none write write-open write-plain"
    " write-unknown write-end end end-empty end-close send send-close close raise"
).split()


def variants(path: str) -> tuple[Case, ...]:
    target = f"/{path}"
    return (
        get(target, name=f"{path}-close", fields="Connection: close\r\n"),
        get(target, name=f"{path}-1.0", version="1.0"),
        get(target, name=f"{path}-1.0-kept", version="1.0", fields="Connection: keep-alive\r\n"),
        head(target),
        post(target, f"{path}-unread", "Hello"),
    )


def each(paths: str) -> str:
    """The names of all cases of some paths."""
    return " ".join(case.name for path in paths.split() for case in variants(path))


CASES = with_rows(
    (
        get("/left"),
        get("/release"),
        get("/raise"),
        *(case for path in PATHS for case in variants(path)),
    ),
    {
        PAGES: each("raise") + " raise",
        ERRORS_KEPT: "raise raise-1.0-kept raise-head raise-unread",
        ANNOUNCED: "yield-1.0-kept yield-unread yield-plain-1.0-kept yield-plain-head"
        " yield-plain-unread yield-empty-unread yield-empty-1.0-kept return-unread"
        " return-plain-unread write-1.0-kept write-unread write-open-1.0-kept write-open-unread"
        " write-plain-head write-plain-unread write-unknown-1.0-kept write-unknown-head"
        " write-unknown-unread write-end-1.0-kept write-end-unread end-unread end-empty-unread"
        " send-unread",
        EMPTY_STREAM: each("yield-empty"),
        RETURNED: "return-close return-head return-unread",
        ORDER: each("write write-open write-plain write-unknown write-end"),
        UNENDED: "write-open-close write-open-unread",
        WRITE_END: "write-end-close write-end-unread",
        HEAD: "write-head write-open-head write-plain-head write-unknown-head write-end-head",
        ENDED_RETURNS: "send-1.0-kept send-head send-unread",
    },
)
