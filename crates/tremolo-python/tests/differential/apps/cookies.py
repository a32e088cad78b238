"""Cookies, out and in."""

from typing import Any

from case import get, with_rows
from rows import (
    COOKIE_DELETED,
    COOKIE_EXPIRES,
    COOKIE_NAMELESS,
    COOKIE_NAMES,
    COOKIE_ORDER,
    COOKIE_PARTS,
    COOKIE_PREFIX,
    ORDER,
)
from tremolo import Application

app = Application()

COOKIES: dict[str, tuple[tuple[Any, Any], dict[str, Any]]] = {
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
    "expires": (("a", "1"), {"expires": 60}),
    "delete": (("a", "1"), {"expires": -60}),
    "path": (("a", "1"), {"expires": 60, "path": "/a:b,c/~d"}),
    "path-encoded": (("a", "1"), {"expires": 60, "path": "/a%20b"}),
    "domain": (("a", "1"), {"expires": 60, "domain": "example.org"}),
    "domain-odd": (("a", "1"), {"expires": 60, "domain": "example.org; secure"}),
    "secure": (("a", "1"), {"expires": 60, "secure": True}),
    "httponly": (("a", "1"), {"expires": 60, "httponly": True}),
    "strict": (("a", "1"), {"expires": 60, "samesite": "Strict"}),
    "none-secure": (("a", "1"), {"expires": 60, "samesite": "None", "secure": True}),
    "samesite-odd": (("a", "1"), {"expires": 60, "samesite": "odd"}),
    "visible": (("a", "".join(map(chr, range(0x21, 0x7F)))), {"expires": 60}),
    "wide": (("a", "\u00e9\u20ac"), {"expires": 60}),
    "bytes": ((b"a", b"1;"), {"expires": 60}),
    "none-insecure": (("a", "1"), {"samesite": "none"}),
    "prefix": (("__Host-a", "1"), {"path": "/p"}),
}


def add(name: str, values: tuple[Any, Any], options: dict[str, Any]) -> None:
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


@app.route("/two")
async def two(response: Any) -> None:
    response.set_cookie("a", "1", expires=60)
    response.set_cookie("a", "2", expires=60)
    response.set_cookie("b", expires=60)
    await response.end()


@app.route("/got")
async def got(request: Any, response: Any) -> None:
    await response.end(repr(request.cookies).encode())


CASES = with_rows(
    (
        *(get(f"/{name}") for name in COOKIES),
        get("/two"),
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
        ORDER: "default escaped all expires delete path path-encoded domain secure httponly strict"
        " none-secure visible wide bytes two",
        COOKIE_DELETED: "delete",
        COOKIE_PARTS: "all path path-encoded domain-odd samesite-odd",
        COOKIE_ORDER: "several lines quoted odd",
        COOKIE_NAMELESS: "odd",
    },
)
