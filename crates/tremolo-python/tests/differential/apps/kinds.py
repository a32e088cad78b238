"""What may be a body, in each way to give one."""

from collections.abc import AsyncIterator
from typing import Any

from case import get, with_rows
from rows import (
    EMPTY_STREAM,
    ENDED_RETURNS,
    KINDS,
    LEFT_OPEN,
    NO_BODY,
    ORDER,
    RETURN_NO_BODY,
    RETURNED,
    UNEXPECTED,
)
from tremolo import Application

app = Application()

VALUES: dict[str, Any] = {
    "str": "W\u00f6rld",
    "bytes": b"World",
    "bytearray": bytearray(b"World"),
    "memoryview": memoryview(b"World"),
    "encoded": ("W\u00f6rld", "latin-1"),
    "encoded-odd": ("World", "no-such-encoding"),
    "pair": (b"World", "latin-1"),
    "pair-of-bytes": (b"World", b"latin-1"),
    "alone": ("World",),
    "alone-bytes": (b"World",),
    "triple": ("W\u00f6rld", "latin-1", "x"),
    "none": None,
    "number": 42,
    "list": [b"World"],
    "dict": {"a": 1},
    "object": object(),
}
#: Tuples that the original takes from `return` alone, as `pair` shows.
TUPLES = ("pair-of-bytes", "alone", "alone-bytes", "triple")

#: Of another way than `return`, these say the same as `number`.
ODD = ("list", "dict", "object")


def add(name: str, value: Any) -> None:
    async def returned() -> Any:
        return value

    async def yielded() -> AsyncIterator[Any]:
        yield value

    async def written(response: Any) -> None:
        await response.write(value)
        await response.write(b"")

    async def ended(response: Any) -> None:
        await response.end(value)

    async def sent(response: Any) -> None:
        await response.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        await response.send(value)
        response.close(keepalive=True)

    for function in (returned, yielded, written, ended, sent):
        app.add_route(function, f"/{function.__name__}-{name}")


for name, value in VALUES.items():
    add(name, value)


@app.route("/integers")
async def integers(response: Any) -> None:
    """A memoryview of another format: its bytes are sent."""
    await response.write(memoryview(b"abcdefgh").cast("I"))
    await response.write(b"")


@app.route("/returned-true")
async def returned_true() -> bool:
    return True


@app.route("/not-awaited")
async def not_awaited(response: Any) -> None:
    response.write(b"lost")
    await response.end(b"kept")


WAYS = ("yielded", "written", "ended", "sent")
UNTRIED = (*ODD, *TUPLES)

CASES = with_rows(
    (
        *(get(f"/returned-{name}") for name in VALUES),
        *(get(f"/{way}-{name}") for way in WAYS for name in VALUES if name not in UNTRIED),
        get("/integers"),
        get("/not-awaited"),
        get("/returned-true"),
    ),
    {
        RETURNED: "returned-str returned-bytes returned-bytearray returned-encoded returned-pair"
        " returned-pair-of-bytes returned-alone returned-alone-bytes returned-triple",
        KINDS: "returned-memoryview ended-none integers "
        + " ".join(f"{way}-{name}" for way in WAYS for name in ("str", "encoded", "pair"))
        + " sent-memoryview",
        NO_BODY: "yielded-encoded-odd yielded-number written-encoded-odd written-number"
        " sent-encoded-odd sent-number",
        UNEXPECTED: "returned-encoded-odd ended-encoded-odd ended-number",
        LEFT_OPEN: "returned-true",
        RETURN_NO_BODY: "returned-number returned-list returned-dict returned-object",
        EMPTY_STREAM: "yielded-none written-none",
        ORDER: "integers " + " ".join(f"written-{name}" for name in VALUES if name not in UNTRIED),
        ENDED_RETURNS: "sent-str sent-bytes sent-bytearray sent-memoryview sent-encoded sent-pair"
        " sent-none",
    },
)
