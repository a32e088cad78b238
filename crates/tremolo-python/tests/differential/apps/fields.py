"""Fields that the application sets: which are kept, merged, refused."""

from typing import Any

from case import get, with_rows
from rows import (
    FIELD_NAMES,
    NUL,
    ORDER,
    OWN_CLOSE,
    OWN_CODING,
    OWN_DATE,
    OWN_LENGTH,
    OWN_TYPE,
    SET_STATUS_LATE,
)
from tremolo import Application

app = Application()


async def attempt(response: Any, method: str, *values: Any, **options: Any) -> None:
    """Responds with the class of the error that a setter raised."""
    outcome = b"taken"
    try:
        getattr(response, method)(*values, **options)
    except Exception as error:
        outcome = type(error).__name__.encode()
    await response.end(outcome)


ATTEMPTS: dict[str, tuple[Any, ...]] = {
    "str": ("set_header", "X-A", "1"),
    "bytes": ("set_header", b"X-A", b"1"),
    "empty-value": ("set_header", "X-A"),
    "spaces": ("set_header", "X-A", " 1 "),
    "latin-1": ("set_header", "X-A", "\u00e9"),
    "wide": ("set_header", "X-A", "\u20ac"),
    "number": ("set_header", "X-A", 1),
    "cr": ("set_header", "X-A", "a\rb"),
    "lf": ("set_header", "X-A", "a\nb"),
    "nul": ("set_header", "X-A", "a\0b"),
    "name-crlf": ("set_header", "X\r\nA", "1"),
    "name-empty": ("set_header", "", "1"),
    "name-blank": ("set_header", "X A", "1"),
    "name-colon": ("set_header", "X:A", "1"),
    "append": ("append_header", "X-B", "1"),
    "type": ("set_content_type", "text/plain"),
    "type-crlf": ("set_content_type", "text\r\nplain"),
    "status": ("set_status", 201, "Created"),
    "status-crlf": ("set_status", 200, "O\r\nK"),
    "date": ("set_header", "Date", "never"),
    "server": ("set_header", "Server", "mine"),
    "type-field": ("set_header", "Content-Type", "text/x"),
    "connection": ("set_header", "Connection", "close"),
    "coding": ("set_header", "Transfer-Encoding", "chunked"),
    "coding-own": ("set_header", "Transfer-Encoding", "gzip"),
}


def add(name: str, values: tuple[Any, ...]) -> None:
    async def handler(response: Any) -> None:
        await attempt(response, *values)

    app.add_route(handler, f"/{name}")


for name, values in ATTEMPTS.items():
    add(name, values)


@app.route("/many")
async def many(response: Any) -> None:
    response.append_header("X-A", "1")
    response.append_header("X-B", "2")
    response.append_header("X-A", "3")
    response.set_header("X-B", "4")
    await response.end()


@app.route("/after-head")
async def after_head(response: Any) -> None:
    await response.write(b"head")
    said = []
    for method, *given in (
        ("set_header", "X-A", "1"),
        ("append_header", "X-A", "1"),
        ("set_cookie", "a", "1"),
        ("set_content_type", "text/x"),
        ("set_status", 201, "Created"),
    ):
        try:
            getattr(response, method)(*given)
        except Exception as error:
            said.append(f"{method} {type(error).__name__}")
        else:
            said.append(f"{method} taken")
    await response.write(", ".join(said).encode())
    await response.write(b"")


@app.route("/coding-returned")
async def coding_returned(response: Any) -> bytes:
    response.set_header("Transfer-Encoding", "chunked")
    return b"Hello"


@app.route("/coding-own-returned")
async def coding_own_returned(response: Any) -> bytes:
    response.set_header("Transfer-Encoding", "gzip")
    return b"Hello"


@app.route("/length")
async def length(response: Any) -> bytes:
    response.set_header("Content-Length", "5")
    return b"Hello"


OTHERS = ("many", "after-head", "length", "coding-returned", "coding-own-returned")

CASES = with_rows(
    tuple(get(f"/{name}") for name in (*ATTEMPTS, *OTHERS)),
    {
        SET_STATUS_LATE: "after-head",
        FIELD_NAMES: "name-empty name-blank name-colon",
        NUL: "nul",
        OWN_LENGTH: "length",
        OWN_CODING: "coding coding-own coding-own-returned",
        OWN_TYPE: "type-field",
        OWN_CLOSE: "connection",
        OWN_DATE: "date server",
        ORDER: "str bytes empty-value spaces latin-1 append date server many after-head length"
        " coding-returned",
    },
)
