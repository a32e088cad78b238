"""Forms, small ones: urlencoded and multipart, whole and part by part."""

from typing import Any

from case import Case, get, post, with_rows
from rows import ANNOUNCED, ERRORS_KEPT, FORM_LIMITS, FORM_TYPE, PAGES, SMALL_MULTIPART
from tremolo import Application

app = Application()


@app.route("/form")
async def form(request: Any, response: Any) -> None:
    await request.form()
    files = {
        name: [{key: part[key] for key in sorted(part) if key in KEYS} for part in parts]
        for name, parts in request.params.files.items()
    }
    await response.end(repr((request.params.post, files)).encode())


@app.route("/form-returned")
async def form_returned(request: Any, response: Any) -> None:
    given = await request.form()
    await response.end(repr(given).encode())


@app.route("/form-twice")
async def form_twice(request: Any, response: Any) -> None:
    first = dict(await request.form())
    await response.end(repr((first, dict(await request.form()))).encode())


@app.route("/few-fields")
async def few_fields(request: Any, response: Any) -> None:
    await request.form(max_fields=2)
    await response.end(repr(request.params.post).encode())


@app.route("/small-form")
async def small_form(request: Any, response: Any) -> None:
    await request.form(max_size=8)
    await response.end(repr(request.params.post).encode())


@app.route("/files")
async def files(request: Any, response: Any) -> None:
    seen = [
        {key: part[key] for key in sorted(part) if key in KEYS} async for part in request.files()
    ]
    await response.end(repr(seen).encode())


@app.route("/file-by-file")
async def file_by_file(request: Any, response: Any) -> None:
    parts = request.files()
    first = await anext(parts)
    second = await anext(parts)
    await response.end(repr((first["data"], second["data"])).encode())


@app.route("/part-stream")
async def part_stream(request: Any, response: Any) -> None:
    seen = []
    async for part in request.files():
        seen.append((part["name"], b"".join([bytes(data) async for data in part.stream()])))
    await response.end(repr(seen).encode())


KEYS = ("name", "filename", "type", "data", "eof")

URLENCODED = "Content-Type: application/x-www-form-urlencoded{}\r\nContent-Length: {}\r\n"
MULTIPART = "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {}\r\n"

FIELD = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
FILE = (
    '--x\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n'
    "Content-Type: text/plain\r\n\r\nHello\r\nWorld\r\n"
)
LAST = "--x--\r\n"


def fields(name: str, data: str, path: str = "/form", more: str = "") -> Case:
    return post(path, name, data, fields=URLENCODED.format(more, len(data)))


def parts(name: str, data: str, path: str = "/form") -> Case:
    return post(path, name, data, fields=MULTIPART.format(len(data)))


CASES = with_rows(
    (
        get("/form", name="no-form"),
        post("/form", "no-type", "a=1"),
        post("/form", "other-type", "a=1", fields="Content-Type: text/x\r\nContent-Length: 3\r\n"),
        fields("urlencoded", "a=1&b=x+y&a=%C3%A9"),
        fields("urlencoded-charset", "a=1", more="; charset=utf-8"),
        fields("urlencoded-empty", ""),
        fields("urlencoded-blank", "a=&b&=c&&d=1"),
        fields("urlencoded-bad", "a=%zz%e9"),
        fields("urlencoded-semicolon", "a=1;b=2"),
        fields("returned", "a=1", "/form-returned"),
        fields("twice", "a=1", "/form-twice"),
        fields("few-fields", "a=1&b=2", "/few-fields"),
        fields("too-many-fields", "a=1&b=2&c=3", "/few-fields"),
        fields("fits", "a=123456", "/small-form"),
        fields("too-large", "a=1234567", "/small-form"),
        parts("multipart-field", FIELD + LAST),
        parts("multipart-file", FILE + LAST),
        parts("multipart-both", FIELD + FILE + FIELD + LAST),
        parts("multipart-preamble", "before\r\n" + FIELD + LAST),
        parts("multipart-epilogue", FIELD + LAST + "after"),
        parts("multipart-none", LAST),
        parts("multipart-unended", FIELD),
        parts("multipart-no-name", "--x\r\nContent-Type: text/x\r\n\r\n1\r\n" + LAST),
        parts("multipart-nonsense", "nonsense"),
        parts("files", FIELD + FILE + LAST, "/files"),
        parts("file-by-file", FIELD + FILE + LAST, "/file-by-file"),
        parts("part-stream", FIELD + FILE + LAST, "/part-stream"),
        post(
            "/files",
            "no-boundary",
            "1",
            fields="Content-Type: multipart/form-data\r\nContent-Length: 1\r\n",
        ),
    ),
    {
        PAGES: "no-form no-type other-type no-boundary multipart-nonsense",
        ERRORS_KEPT: "no-form no-type other-type no-boundary multipart-nonsense",
        FORM_TYPE: "no-form no-type other-type",
        FORM_LIMITS: "too-many-fields fits too-large",
        SMALL_MULTIPART: "multipart-field multipart-file multipart-both multipart-preamble"
        " multipart-epilogue multipart-unended multipart-no-name files part-stream",
        ANNOUNCED: "file-by-file",
    },
)
