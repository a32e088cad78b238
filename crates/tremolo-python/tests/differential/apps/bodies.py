"""Bodies of requests: how they are framed, how they are read, their limit (1000 bytes)."""

from typing import Any

from case import get, post, with_rows
from rows import (
    ANNOUNCED,
    BODY_LIMIT,
    CHUNK_ZEROS,
    CHUNKED_GZIP,
    CHUNKED_KEPT,
    EARLY_CONTINUE,
    EMPTY_CODING,
    EXPECTATIONS,
    GZIP_CHUNKED,
    LENGTH_ZEROS,
    LIMIT_COUNTS,
    PAGES,
    SAME_LENGTH,
    TRAILERS,
)
from tremolo import Application

app = Application()


@app.route("/body")
async def body(request: Any, response: Any) -> None:
    await response.end(await request.body())


@app.route("/stream")
async def stream(request: Any, response: Any) -> None:
    await response.end(b"".join([data async for data in request.stream()]))


@app.route("/read")
async def read(request: Any, response: Any) -> None:
    await response.end(b"|".join([await request.read(4), await request.read(4)]))


@app.route("/unread")
async def unread(response: Any) -> None:
    await response.end(b"unread")


@app.route("/form")
async def form(request: Any, response: Any) -> None:
    await request.form()
    await response.end(repr(request.params.post).encode())


TE = "Transfer-Encoding: chunked\r\n"
CONTINUE = "Content-Length: 2\r\nExpect: 100-continue\r\n"
URLENCODED = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n"


def chunks(name: str, body: str) -> Any:
    return post("/body", name, body, fields=TE)


def framed(name: str, fields: str, body: str = "hi") -> Any:
    return post("/body", name, body, fields=fields)


def fields_of(name: str, data: str) -> Any:
    return post("/form", name, data, fields=URLENCODED.format(len(data)))


CASES = with_rows(
    (
        get("/body", name="no-body"),
        post("/body", "length", "Hello"),
        post("/stream", "length-stream", "Hello"),
        post("/read", "length-read", "Hello World"),
        post("/unread", "length-unread", "Hello"),
        post("/body", "limit", "x" * 1000),
        post("/body", "over-limit", "x" * 1001),
        chunks("chunked", "5\r\nHello\r\n0\r\n\r\n"),
        post("/stream", "chunked-stream", "5\r\nHello\r\n6\r\n World\r\n0\r\n\r\n", fields=TE),
        post("/unread", "chunked-unread", "5\r\nHello\r\n0\r\n\r\n", fields=TE),
        chunks("chunk-upper", "A\r\n0123456789\r\n0\r\n\r\n"),
        chunks("chunk-extension", "2;a=b\r\nhi\r\n0\r\n\r\n"),
        chunks("chunk-zeros", "002\r\nhi\r\n000\r\n\r\n"),
        chunks("chunk-0x", "0x2\r\nhi\r\n0\r\n\r\n"),
        chunks("chunk-sign", "+2\r\nhi\r\n0\r\n\r\n"),
        chunks("chunk-word", "zz\r\nhi\r\n0\r\n\r\n"),
        chunks("chunk-length-wrong", "2\r\nhello\r\n0\r\n\r\n"),
        chunks("trailers", "2\r\nhi\r\n0\r\nX-A: 1\r\n\r\n"),
        framed("length-twice", "Content-Length: 2\r\nContent-Length: 2\r\n"),
        framed("lengths", "Content-Length: 2\r\nContent-Length: 3\r\n"),
        framed("length-and-encoding", "Content-Length: 2\r\n" + TE, "2\r\nhi\r\n0\r\n\r\n"),
        framed("length-sign", "Content-Length: +2\r\n"),
        framed("length-zeros", "Content-Length: 002\r\n"),
        framed("length-list", "Content-Length: 2, 2\r\n"),
        framed("length-empty", "Content-Length:\r\n"),
        framed("identity", "Transfer-Encoding: identity\r\n"),
        framed("gzip-chunked", "Transfer-Encoding: gzip, chunked\r\n", "2\r\nhi\r\n0\r\n\r\n"),
        framed("chunked-gzip", "Transfer-Encoding: chunked, gzip\r\n", "2\r\nhi\r\n0\r\n\r\n"),
        framed("chunked-twice", "Transfer-Encoding: chunked, chunked\r\n", "2\r\nhi\r\n0\r\n\r\n"),
        framed("coding-empty-first", "Transfer-Encoding: ,chunked\r\n", "2\r\nhi\r\n0\r\n\r\n"),
        framed("coding-empty-last", "Transfer-Encoding: chunked,\r\n", "2\r\nhi\r\n0\r\n\r\n"),
        framed("coding-empty-line", "Transfer-Encoding:\r\n" + TE, "2\r\nhi\r\n0\r\n\r\n"),
        framed("continue", CONTINUE),
        post("/unread", "continue-unread", "hi", fields=CONTINUE),
        framed("expect-other", "Content-Length: 2\r\nExpect: tea\r\n"),
        fields_of("form", "a=1&b=x+y&a=%C3%A9"),
        fields_of("form-blank", "a=&b=1"),
    ),
    {
        SAME_LENGTH: "length-twice length-list",
        LENGTH_ZEROS: "length-zeros",
        GZIP_CHUNKED: "gzip-chunked",
        CHUNKED_GZIP: "chunked-gzip chunked-twice",
        EMPTY_CODING: "coding-empty-first coding-empty-last coding-empty-line",
        CHUNK_ZEROS: "chunk-zeros",
        TRAILERS: "trailers",
        CHUNKED_KEPT: "chunked chunked-stream chunk-upper chunk-extension chunk-zeros trailers"
        " chunked-unread",
        BODY_LIMIT: "over-limit",
        LIMIT_COUNTS: "limit",
        EXPECTATIONS: "expect-other",
        ANNOUNCED: "length-read length-unread chunked-unread continue-unread",
        EARLY_CONTINUE: "continue",
        PAGES: "over-limit chunk-0x chunk-sign chunk-word chunk-length-wrong lengths"
        " length-and-encoding length-sign length-empty identity gzip-chunked chunked-gzip"
        " chunked-twice coding-empty-first coding-empty-last coding-empty-line expect-other",
    },
)
