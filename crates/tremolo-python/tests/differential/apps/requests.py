"""The request object: its head, the reads of its body, and its context."""

from typing import Any

from case import get, post, raw, with_rows
from rows import (
    ANNOUNCED,
    CHUNKED_KEPT,
    FORWARDED,
    GETLIST,
    PARAMS,
    QUERY_FIELDS,
    RAW,
    READ_ON,
    RECV_NOTHING,
    SECURE,
)
from tremolo import Application

app = Application()


def shows(path: str, *names: str) -> None:
    """A route that answers with members of its request, or with the errors they raise."""

    async def handler(request: Any, response: Any) -> None:
        said = []
        for name in names:
            try:
                value = getattr(request, name)
                value = bytes(value) if isinstance(value, bytearray) else value
                said.append(f"{name}={value!r}")
            except Exception as error:
                said.append(f"{name} {type(error).__name__}")
        await response.end(", ".join(said).encode())

    app.add_route(handler, path)


shows("/line", "method", "url", "path", "query_string", "version", "is_valid")
shows("/client", "host", "scheme", "ip", "is_secure")
shows("/body-members", "content_type", "content_length", "transfer_encoding", "has_body")
shows("/flags", "http_continue", "http_keepalive")
shows("/query", "query")
shows("/cookies", "cookies")


@app.route("/peer")
async def peer(request: Any, response: Any) -> None:
    host, port = request.client
    await response.end(f"{host} {type(port).__name__}".encode())


@app.route("/headers")
async def headers(request: Any, response: Any) -> None:
    said = [
        request.headers.get(b"x-a"),
        request.headers.get(b"X-A"),
        request.headers.get("x-a"),
        b"x-a" in request.headers,
        isinstance(request.headers, dict),
        request.headers.getlist(b"none"),
    ]
    await response.end(repr(said).encode())


@app.route("/getlist")
async def getlist(request: Any, response: Any) -> None:
    await response.end(repr(request.headers.getlist(b"x-a")).encode())


@app.route("/getlist-pairs")
async def getlist_pairs(request: Any, response: Any) -> None:
    await response.end(repr(request.headers.getlist(b"x-a", b";", b"=")).encode())


@app.route("/uid")
async def uid(request: Any, response: Any) -> None:
    first, second = request.uid(), request.uid()
    said = [len(first), type(first).__name__, first[:4] <= second[:4], first == second]
    said += [first[4:8] == second[4:8], len(request.uid(8)), len(request.uid(16, ts_offset=5))]
    await response.end(repr(said).encode())


@app.route("/context")
async def context(request: Any, response: Any, custom: int = 3) -> None:
    request.ctx.a = 1
    request.context["b"] = 2
    ctx = request.params
    said = [ctx is request.ctx, ctx.b, ctx["a"], "a" in ctx, "c" in ctx, ctx.get("c", 0)]
    said.append(ctx.options["custom"])
    ctx.update(d=4)
    said.append(ctx.d)
    del ctx["d"]
    for look in (lambda: ctx.d, lambda: ctx["d"]):
        try:
            said.append(look())
        except Exception as error:
            said.append(type(error).__name__)
    await response.end(repr(said).encode())


@app.route("/params")
async def params(request: Any, response: Any) -> None:
    said = []
    for name in ("query", "cookies", "post", "files", "path"):
        try:
            said.append((name, request.params[name]))
        except Exception as error:
            said.append((name, type(error).__name__))
    await response.end(repr(said).encode())


@app.route("/params-after-look")
async def params_after_look(request: Any, response: Any) -> None:
    said = [request.query, request.params.query]
    await response.end(repr(said).encode())


@app.route("/body-twice")
async def body_twice(request: Any, response: Any) -> None:
    first = await request.body()
    second = await request.body()
    await response.end(repr((type(first).__name__, bytes(first), bytes(second))).encode())


@app.route("/body-raw")
async def body_raw(request: Any, response: Any) -> None:
    await response.end(await request.body(raw=True))


@app.route("/stream-raw")
async def stream_raw(request: Any, response: Any) -> None:
    await response.end(b"".join([bytes(data) async for data in request.stream(raw=True)]))


@app.route("/recv")
async def recv(request: Any, response: Any) -> None:
    pieces = [bytes(await request.recv(4)) for _ in range(4)]
    await response.end(repr(pieces).encode())


@app.route("/read-on")
async def read_on(request: Any, response: Any) -> None:
    pieces = [bytes(await request.read(size)) for size in (4, 0, 4, 100, 4)]
    await response.end(repr(pieces).encode())


@app.route("/read-all")
async def read_all(request: Any, response: Any) -> None:
    pieces = [bytes(await request.read()), bytes(await request.read())]
    await response.end(repr(pieces).encode())


@app.route("/read-mixed")
async def read_mixed(request: Any, response: Any) -> None:
    pieces = [bytes(await request.read(4)), bytes(await request.read())]
    await response.end(repr(pieces).encode())


@app.route("/read-then-body")
async def read_then_body(request: Any, response: Any) -> None:
    pieces = [bytes(await request.read(4)), bytes(await request.body())]
    await response.end(repr(pieces).encode())


@app.route("/read-types")
async def read_types(request: Any, response: Any) -> None:
    said = [type(await request.read(4)).__name__]
    async for data in request.stream():
        said.append(type(data).__name__)
    await response.end(repr(said).encode())


CHUNKED = "5\r\nHello\r\n6\r\n World\r\n0\r\n\r\n"
TE = "Transfer-Encoding: chunked\r\n"

CASES = with_rows(
    (
        get("/line?a=1"),
        get("/client", fields="X-Forwarded-Proto: https\r\nX-Forwarded-Host: other\r\n"),
        get("/client", name="client-list", fields="X-Forwarded-For: 10.0.0.1, 10.0.0.2\r\n"),
        get("/client", name="client-plain"),
        raw("client-port", "GET /client HTTP/1.1\r\nHost: h:80\r\n\r\n"),
        get("/peer"),
        get("/body-members"),
        post("/body-members", "body-length", "Hello"),
        post("/body-members", "body-empty", ""),
        post("/body-members", "body-chunked", CHUNKED, fields=TE),
        post(
            "/body-members",
            "body-type",
            "x",
            fields="Content-Type: A/B; c=D\r\nContent-Length:1\r\n",
        ),
        get("/flags"),
        get("/flags", name="flags-close", fields="Connection: close\r\n"),
        get("/flags", name="flags-1.0", version="1.0"),
        get("/query", name="no-query"),
        get("/query?a=1&b=2&a=3", name="query"),
        get("/query?a=x+y%20z&b=%C3%A9&c=%E9", name="query-escapes"),
        get("/query?a&b=&=c&&d=1;e=2", name="query-odd"),
        get("/query?" + "a=1&" * 100 + "a=1", name="query-many"),
        get("/headers", fields="X-A: 1\r\nx-a:  2 \r\nX-B:\r\n"),
        get("/getlist", name="getlist-one", fields="X-A: 1\r\n"),
        get("/getlist", name="getlist", fields="X-A: a, b,, c\r\nX-A: d\r\n"),
        get("/getlist", name="getlist-case", fields="X-A: Upper\r\n"),
        get("/getlist-pairs", name="getlist-pairs", fields='X-A: a="1"; B=x%20y\r\n'),
        get("/uid"),
        get("/context"),
        get("/params?a=1", name="params", fields="Cookie: a=1\r\n"),
        get("/params-after-look?a=1", name="params-after-look"),
        post("/body-twice", "body-twice", "Hello"),
        post("/body-raw", "body-raw", "Hello"),
        post("/body-raw", "body-raw-chunked", CHUNKED, fields=TE),
        post("/stream-raw", "stream-raw-chunked", CHUNKED, fields=TE),
        post("/recv", "recv", "Hello World"),
        get("/recv", name="recv-nothing"),
        get("/body-raw", name="body-raw-nothing"),
        post("/recv", "recv-chunked", CHUNKED, fields=TE),
        post("/read-on", "read-on", "Hello World"),
        post("/read-on", "read-on-chunked", CHUNKED, fields=TE),
        get("/read-on", name="read-on-nothing"),
        post("/read-all", "read-all", "Hello"),
        post("/read-mixed", "read-mixed", "Hello World"),
        post("/read-then-body", "read-then-body", "Hello World"),
        post("/read-types", "read-types", "Hello World"),
    ),
    {
        SECURE: "client",
        FORWARDED: "client-list",
        ANNOUNCED: "body-length body-type read-mixed read-then-body read-types",
        CHUNKED_KEPT: "body-chunked recv-chunked read-on-chunked",
        QUERY_FIELDS: "query-many",
        GETLIST: "getlist getlist-case getlist-pairs",
        PARAMS: "params",
        RECV_NOTHING: "recv-nothing body-raw-nothing",
        RAW: "body-raw-chunked stream-raw-chunked",
        READ_ON: "read-mixed read-then-body",
    },
)
