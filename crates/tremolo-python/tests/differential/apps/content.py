"""Loose descriptions of content in requests, and redirects to addresses that must be encoded."""

from typing import Any

from case import Case, get, post, with_rows
from rows import (
    BOUNDARY_AROUND,
    CHARSET,
    CODED,
    LOCATION,
    MARK,
    NAMELESS_FILE,
    ORDER,
    PAGES,
    PREAMBLE,
    SMALL_MULTIPART,
    TWO_TYPES,
)
from tremolo import Application

app = Application()


@app.route("/form")
async def form(request: Any, response: Any) -> None:
    await request.form()
    files = {
        name: [(part.get("filename"), bytes(part["data"])) for part in parts]
        for name, parts in request.params.files.items()
    }
    await response.end(repr((request.params.post, files)).encode())


@app.route("/body")
async def body(request: Any, response: Any) -> None:
    await response.end(bytes(await request.body()))


@app.route("/redirect-text")
async def redirect_text(response: Any) -> None:
    raise response.redirect("/\u00fc")


@app.route("/redirect-blank")
async def redirect_blank(response: Any) -> None:
    raise response.redirect("/a b")


@app.route("/redirect-encoded")
async def redirect_encoded(response: Any) -> None:
    raise response.redirect("/%C3%BC")


URLENCODED = "Content-Type: application/x-www-form-urlencoded"
FIELD = '--{0}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--{0}--\r\n'


def fields(name: str, data: str, more: str = "", path: str = "/form") -> Case:
    lines = f"{URLENCODED}{more}\r\nContent-Length: {len(data)}\r\n"
    return post(path, name, data, fields=lines)


def parts(name: str, data: str, boundary: str = "x") -> Case:
    kind = f"Content-Type: multipart/form-data; boundary={boundary}"
    return post("/form", name, data, fields=f"{kind}\r\nContent-Length: {len(data)}\r\n")


def file(name: str, disposition: str) -> Case:
    head = f"Content-Disposition: form-data; {disposition}"
    return parts(name, f"--x\r\n{head}\r\n\r\n1\r\n--x--\r\n")


CASES = with_rows(
    (
        fields("coded", "a=1", "\r\nContent-Encoding: gzip"),
        fields("coded-identity", "a=1", "\r\nContent-Encoding: identity"),
        fields("coded-bytes", "a=1", "\r\nContent-Encoding: gzip", "/body"),
        fields("charset", "a=%E9", "; charset=iso-8859-1"),
        fields("charset-unknown", "a=1", "; charset=x-x"),
        fields("mark", "\xef\xbb\xbfa=1"),
        fields("two-types", "a=1", "\r\nContent-Type: text/plain"),
        fields("two-equal-types", "a=1", f"\r\n{URLENCODED}"),
        parts("boundary-stars", FIELD.format("*****"), "*****"),
        parts("boundary-ampersand", FIELD.format("a&b"), "a&b"),
        parts("boundary-braces", FIELD.format("{a}"), "{a}"),
        parts("boundary-blank", FIELD.format("x"), " x"),
        parts("boundary-quotes", FIELD.format("x"), '"x"'),
        parts("preamble", "before" + FIELD.format("x")),
        file("extended", 'name="f"; filename="n"; filename*=utf-16\'\'m'),
        file("unquoted", "name=f; filename=my file.txt"),
        file("no-filename", 'name="f"; filename='),
        file("blanks", 'name = "f"; filename = "n"'),
        get("/redirect-text"),
        get("/redirect-blank"),
        get("/redirect-encoded"),
    ),
    {
        CODED: "coded",
        CHARSET: "charset charset-unknown",
        MARK: "mark",
        TWO_TYPES: "two-types",
        # In one piece the original reads none of them, in several it does.
        SMALL_MULTIPART: "boundary-stars boundary-ampersand boundary-braces boundary-blank"
        " boundary-quotes preamble extended unquoted no-filename blanks",
        BOUNDARY_AROUND: "boundary-blank boundary-quotes",
        NAMELESS_FILE: "no-filename",
        PREAMBLE: "preamble",
        PAGES: "coded charset-unknown",
        LOCATION: "redirect-text redirect-blank",
        ORDER: "redirect-text redirect-blank redirect-encoded",
    },
)
