"""Files: whole, in slices and ranges, and under conditions."""

import os
from email.utils import formatdate
from pathlib import Path
from typing import Any

from case import Case, get, head, old, post, with_rows
from rows import (
    ANNOUNCED,
    BAD_RANGE,
    CLAMPED,
    CONDITIONS,
    COUNT_ZERO,
    ERRORS_KEPT,
    ETAG,
    MANY,
    MISSING,
    OLD_RANGE,
    ORDER,
    OUTSIDE,
    PAGES,
    RANGE_METHOD,
    RANGES,
    SINCE,
    SLICE,
    SOME_OUTSIDE,
)
from tremolo import Application

#: Its bytes are digits that say where they stand.
FILE = str(Path(__file__).parent / "_hundred.txt")
MODIFIED = formatdate(os.stat(FILE).st_mtime, usegmt=True)
LONG_AGO = "Sun, 06 Nov 1994 08:49:37 GMT"

app = Application()


@app.route("/file")
async def file(response: Any) -> None:
    await response.sendfile(FILE)


@app.route("/typed")
async def typed(response: Any) -> bool:
    response.set_header("X-Own", "1")
    await response.sendfile(FILE, content_type="text/plain")
    return True


@app.route("/offset")
async def offset(response: Any) -> None:
    await response.sendfile(FILE, 90)


@app.route("/count")
async def count(response: Any) -> None:
    await response.sendfile(FILE, count=10)


@app.route("/count-zero")
async def count_zero(response: Any) -> None:
    await response.sendfile(FILE, count=0)


@app.route("/behind")
async def behind(response: Any) -> None:
    await response.sendfile(FILE, 5000, 10)


@app.route("/missing")
async def missing(response: Any) -> None:
    await response.sendfile(FILE + ".missing")


@app.route("/folder")
async def folder(response: Any) -> None:
    await response.sendfile(os.path.dirname(FILE))


def asking(name: str, fields: str, target: str = "/file") -> Case:
    lines = "".join(line + "\r\n" for line in fields.split("; "))
    return get(target, name=name, fields=lines)


def ranged(name: str, value: str) -> Case:
    return asking(name, f"Range: {value}")


#: Both answer with the same bytes of the file, and with other fields.
WHOLE = "file file-head file-1.0 typed earlier-date if-range-earlier"
PARTS = "first middle rest suffix if-range"

#: They answer with other parts of it.
OTHERWISE = "offset count count-zero behind signs post two overlap"

CASES = with_rows(
    (
        get("/file"),
        head("/file"),
        old("/file"),
        get("/typed"),
        get("/offset"),
        get("/count"),
        get("/count-zero"),
        get("/behind"),
        get("/missing"),
        get("/folder"),
        ranged("first", "bytes=0-0"),
        ranged("middle", "bytes=10-19"),
        ranged("rest", "bytes=90-"),
        ranged("suffix", "bytes=-10"),
        ranged("long-end", "bytes=90-200"),
        ranged("long-suffix", "bytes=-101"),
        ranged("outside", "bytes=100-"),
        ranged("nothing", "bytes=-0"),
        ranged("two", "bytes=0-4,20-24"),
        ranged("some-outside", "bytes=0-4,500-"),
        ranged("overlap", "bytes=0-9,5-19"),
        ranged("many", "bytes=" + ",".join(f"{at}-{at}" for at in range(0, 99, 2)) * 3),
        ranged("unit", "lines=1-2"),
        ranged("signs", "bytes=+1-+4"),
        ranged("backwards", "bytes=20-10"),
        get("/file", name="range-1.0", version="1.0", fields="Range: bytes=0-4\r\n"),
        post("/file", "post", "x", fields="Range: bytes=0-4\r\nContent-Length: 1\r\n"),
        asking("same-date", f"If-Modified-Since: {MODIFIED}"),
        asking("later-date", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"),
        asking("earlier-date", f"If-Modified-Since: {LONG_AGO}"),
        asking("date-and-range", f"Range: bytes=0-4; If-Modified-Since: {MODIFIED}"),
        asking("none-match", "If-None-Match: *"),
        asking("match", 'If-Match: "other"'),
        asking("unmodified", f"If-Unmodified-Since: {LONG_AGO}"),
        asking("if-range", f"Range: bytes=0-4; If-Range: {MODIFIED}"),
        asking("if-range-earlier", f"Range: bytes=0-4; If-Range: {LONG_AGO}"),
    ),
    {
        ORDER: f"{WHOLE} {PARTS} {OTHERWISE} same-date",
        ETAG: f"{WHOLE} {PARTS} {OTHERWISE} same-date",
        SLICE: "offset count behind",
        COUNT_ZERO: "count-zero",
        MISSING: "missing folder",
        PAGES: "missing folder outside nothing",
        ERRORS_KEPT: "missing folder outside nothing",
        CLAMPED: "long-end long-suffix",
        OUTSIDE: "outside nothing",
        SOME_OUTSIDE: "some-outside",
        RANGES: "two",
        MANY: "overlap many",
        BAD_RANGE: "unit signs backwards",
        RANGE_METHOD: "post",
        OLD_RANGE: "range-1.0",
        SINCE: "later-date date-and-range",
        CONDITIONS: "none-match match unmodified",
        ANNOUNCED: "file-head same-date",
    },
)
