"""Cookies, out and in."""

from typing import Any

from case import get, with_rows
from rows import (
    COOKIE_EQUALS,
    COOKIE_EXPIRES,
    COOKIE_NAMELESS,
    COOKIE_NAMES,
    COOKIE_ORDER,
    COOKIE_PREFIX,
    ORDER,
)
from tremolo import Application

app = Application()

COOKIES: dict[str, tuple[tuple[str, str], dict[str, Any]]] = {
    "default": (("a", "1"), {}),
    "escaped": (("a", "1; b=2, \u00e9\r\n"), {"path": "/x y"}),
    "name-crlf": (("a\r\nb", "1"), {}),
    "name-semicolon": (("a;b", "1"), {}),
    "all": (
        ("a", "1"),
        {
            "expires": 60,
            "path": "/p",
            "domain": "example.org",
            "secure": True,
            "httponly": True,
            "samesite": "lax",
        },
    ),
    "none-insecure": (("a", "1"), {"samesite": "none"}),
    "prefix": (("__Host-a", "1"), {"path": "/p"}),
}


def add(name: str, values: tuple[str, str], options: dict[str, Any]) -> None:
    async def handler(response: Any) -> None:
        outcome = b"taken"
        try:
            response.set_cookie(*values, **options)
        except Exception as error:
            outcome = type(error).__name__.encode()
        await response.end(outcome)

    app.add_route(handler, f"/{name}")


for name, (values, options) in COOKIES.items():
    add(name, values, options)


@app.route("/got")
async def got(request: Any, response: Any) -> None:
    await response.end(repr(request.cookies).encode())


CASES = with_rows(
    (
        *(get(f"/{name}") for name in COOKIES),
        get("/got", name="none"),
        get("/got", name="one", fields="Cookie: a=1\r\n"),
        get("/got", name="several", fields="Cookie: a=1; b=2; a=3\r\n"),
        get("/got", name="lines", fields="Cookie: a=1\r\nCookie: a=2\r\n"),
        get("/got", name="quoted", fields='Cookie: a="1"; b=x%20y\r\n'),
        get("/got", name="odd", fields="Cookie: a; =b; c=; ;d=e\r\n"),
    ),
    {
        COOKIE_EXPIRES: "default escaped",
        COOKIE_NAMES: "name-semicolon",
        COOKIE_PREFIX: "none-insecure prefix",
        ORDER: "default escaped all",
        COOKIE_EQUALS: "escaped",
        COOKIE_ORDER: "several lines quoted odd",
        COOKIE_NAMELESS: "odd",
    },
)
