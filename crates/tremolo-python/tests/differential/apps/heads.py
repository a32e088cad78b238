"""Heads of requests: what is taken, what is refused, what a handler sees of them."""

from typing import Any

from case import Case, get, raw, with_rows
from rows import (
    ABSOLUTE,
    BAD_HEAD,
    BAD_HOST,
    CONNECT,
    EMPTY_LINE,
    EQUIVALENT,
    ERRORS_KEPT,
    FIELD_BLANKS,
    FRAGMENT,
    HEAD_LIMIT,
    MAJOR,
    METHODS,
    MINOR,
    OLD_OPTION,
    PAGES,
    SERVER_OPTIONS,
    SLASHES,
    TRACE,
)
from tremolo import Application

app = Application()


@app.route("/")
async def index(response: Any) -> None:
    await response.end(b"index")


@app.route("/seen")
async def seen(request: Any, response: Any) -> None:
    names = ["method", "url", "path", "query_string", "version", "host", "scheme", "ip", "query"]
    members = [f"{name}: {getattr(request, name)!r}" for name in names]
    fields = sorted((name, value) for name, value in request.headers.items() if name != b"host")
    await response.end("; ".join([*members, repr(fields)]).encode())


def line(name: str, request_line: str) -> Case:
    return raw(name, f"{request_line}\r\nHost: h\r\n\r\n")


def fields(name: str, lines: str) -> Case:
    return raw(name, f"GET /seen HTTP/1.1\r\n{lines}\r\n")


CASES = with_rows(
    (
        get("/seen", name="plain"),
        get("/seen?a=1&b=&a=2&c=x+y%20z", name="query"),
        get("/seen/", name="trailing-slash"),
        get("//seen", name="leading-slashes"),
        get("/SEEN", name="case"),
        get("/%73een", name="escaped"),
        get("/seen", name="repeated", fields="X-A: 1\r\nx-a: 2\r\nX-B:  b \r\n"),
        get("/seen", name="forwarded", fields="X-Forwarded-For: 10.0.0.1\r\n"),
        line("fragment", "GET /seen#part HTTP/1.1"),
        line("method-of-ones-own", "BREW /seen HTTP/1.1"),
        line("method-lower", "get /seen HTTP/1.1"),
        line("method-no-token", "G@T( /seen HTTP/1.1"),
        line("absolute", "GET http://other/seen HTTP/1.1"),
        line("asterisk", "OPTIONS * HTTP/1.1"),
        line("trace", "TRACE /seen HTTP/1.1"),
        line("connect", "CONNECT a.b:443 HTTP/1.1"),
        line("version-1.2", "GET /seen HTTP/1.2"),
        line("version-2.0", "GET /seen HTTP/2.0"),
        line("version-lower", "GET /seen http/1.1"),
        line("version-none", "GET /seen"),
        line("blanks-in-target", "GET /se en HTTP/1.1"),
        line("empty-line-first", "\r\nGET /seen HTTP/1.1"),
        fields("no-host", ""),
        fields("two-hosts", "Host: a\r\nHost: b\r\n"),
        fields("empty-host", "Host:\r\n"),
        fields("bad-host", "Host: a b\r\n"),
        fields("no-colon", "Host: h\r\nX-A\r\n"),
        fields("blank-before-colon", "Host: h\r\nX-A : 1\r\n"),
        fields("tab-before-colon", "Host: h\r\nX-A\t: 1\r\n"),
        fields("blank-in-name", "Host: h\r\nX A: 1\r\n"),
        fields("folded", "Host: h\r\nX-A: 1\r\n 2\r\n"),
        fields("nul", "Host: h\r\nX-A: \0\r\n"),
        fields("eight-bit", "Host: h\r\nX-A: \xe9\r\n"),
        fields("too-long", "Host: h\r\nX-A: " + "a" * 9000 + "\r\n"),
        fields("many-fields", "Host: h\r\n" + "X: 1\r\n" * 97),
        fields("too-many-fields", "Host: h\r\n" + "X: 1\r\n" * 150),
        raw("old", "GET /seen HTTP/1.0\r\n\r\n"),
        raw("old-kept", "GET /seen HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
        raw("old-other-option", "GET /seen HTTP/1.0\r\nConnection: foo\r\n\r\n"),
        raw("pipelined", "GET / HTTP/1.1\r\nHost: h\r\n\r\n" * 3),
    ),
    {
        HEAD_LIMIT: "too-long too-many-fields",
        FIELD_BLANKS: "tab-before-colon blank-in-name",
        METHODS: "method-no-token blanks-in-target",
        BAD_HOST: "bad-host",
        EMPTY_LINE: "empty-line-first",
        ABSOLUTE: "absolute",
        FRAGMENT: "fragment",
        MINOR: "version-1.2",
        MAJOR: "version-2.0",
        BAD_HEAD: "version-2.0 version-lower version-none too-long",
        ERRORS_KEPT: "case leading-slashes trace",
        EQUIVALENT: "escaped",
        SLASHES: "leading-slashes",
        SERVER_OPTIONS: "asterisk",
        TRACE: "trace",
        CONNECT: "connect",
        OLD_OPTION: "old-other-option",
        PAGES: "case leading-slashes trace connect fragment method-no-token version-2.0"
        " version-lower version-none blanks-in-target no-host two-hosts bad-host no-colon"
        " blank-before-colon tab-before-colon blank-in-name folded nul too-long too-many-fields",
    },
)
