"""Each way to answer with a body: the table of the response object."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from case import get, head, old, with_rows
from rows import (
    ANNOUNCED,
    ARGUMENTS,
    EMPTY_STREAM,
    ENDED_RETURNS,
    HEAD,
    NO_PIECES,
    OLD_CHUNKS,
    ORDER,
    RETURN_NO_BODY,
    RETURNED,
    UNENDED,
    UNSTREAMED,
    WRITE_END,
    WRITE_RETURN,
    YIELD_NONE,
)
from tremolo import Application

app = Application()


@app.route("/yield")
async def yield_pieces() -> AsyncIterator[bytes]:
    yield b"Hello "
    yield b""
    yield b"World!"


@app.route("/yield-sync")
def yield_sync(**server: Any) -> Iterator[bytes]:
    yield b"Hello "
    yield b"World!"


@app.route("/yield-empty")
async def yield_empty() -> AsyncIterator[bytes]:
    yield b""


@app.route("/yield-nothing")
async def yield_nothing() -> AsyncIterator[bytes]:
    for piece in ():
        yield piece


@app.route("/yield-none")
async def yield_none() -> AsyncIterator[bytes | None]:
    yield b"a"
    yield None
    yield b"b"


@app.route("/yield-plain")
async def yield_plain(chunked: bool = False) -> AsyncIterator[bytes]:
    yield b"a"
    yield b"b"


@app.route("/yield-buffered")
async def yield_buffered(stream: bool = False) -> AsyncIterator[bytes]:
    yield b"a"
    yield b"b"


@app.route("/return")
async def whole() -> str:
    return "Hello, W\u00f6rld!"


@app.route("/return-sync")
def whole_sync(**server: Any) -> bytes:
    return b"Hello"


@app.route("/return-sync-bare")
def whole_sync_bare() -> bytes:
    return b"Hello"


@app.route("/return-bytearray")
async def whole_bytearray() -> bytearray:
    return bytearray(b"Hello")


@app.route("/return-encoded")
async def whole_encoded() -> tuple[str, str]:
    return "W\u00f6rld", "latin-1"


@app.route("/return-empty")
async def whole_empty() -> bytes:
    return b""


@app.route("/return-plain")
async def whole_plain(chunked: bool = False) -> str:
    return "Hello"


@app.route("/return-chunked")
async def whole_chunked(chunked: bool = True) -> str:
    return "Hello"


@app.route("/return-options")
async def whole_options(
    status: tuple[int, bytes] = (418, b"Teapot"), content_type: str = "text/plain"
) -> str:
    return "short"


@app.route("/return-none")
async def nothing() -> None:
    pass


@app.route("/return-number")
async def number() -> int:
    return 42


@app.route("/write")
async def write(response: Any) -> None:
    await response.write(b"Hello ")
    await response.write(b"World!")
    await response.write(b"")


@app.route("/write-open")
async def write_open(response: Any) -> None:
    await response.write(b"Hello")


@app.route("/write-plain")
async def write_plain(response: Any) -> None:
    response.set_header("Content-Length", "5")
    await response.write(b"Hello", chunked=False)


@app.route("/write-unknown")
async def write_unknown(response: Any) -> None:
    await response.write(b"Hello", chunked=False)


@app.route("/write-end")
async def write_end(response: Any) -> None:
    await response.write(b"Hello ")
    await response.end(b"World!")


@app.route("/write-return")
async def write_return(response: Any) -> bytes:
    await response.write(b"Hello ")
    return b"World!"


@app.route("/end")
async def end(response: Any) -> None:
    await response.end(b"Hello")


@app.route("/end-empty")
async def end_empty(response: Any) -> None:
    await response.end()


@app.route("/end-close")
async def end_close(response: Any) -> None:
    await response.end(b"Hello", keepalive=False)


@app.route("/end-return")
async def end_return(response: Any) -> bytes:
    await response.end(b"Hello")
    return b"late"


@app.route("/send")
async def send(response: Any) -> None:
    await response.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    response.close(keepalive=True)


@app.route("/send-close")
async def send_close(response: Any) -> None:
    await response.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")


@app.route("/close")
async def close(response: Any) -> None:
    response.close()


PATHS = (
    "/yield /yield-sync /yield-empty /yield-nothing /yield-none /yield-plain /yield-buffered"
    " /return /return-sync /return-sync-bare /return-bytearray /return-encoded /return-empty"
    " /return-plain /return-chunked /return-options /return-none /return-number"
    " /write /write-open /write-plain /write-unknown /write-end /write-return"
    " /end /end-empty /end-close /end-return /send /send-close /close"
)
BOTH = ["/yield", "/return", "/return-chunked", "/write", "/end"]

CASES = with_rows(
    (
        *(get(path) for path in PATHS.split()),
        *(head(path) for path in BOTH),
        *(old(path) for path in BOTH),
        get("/yield", name="yield-close", fields="Connection: close\r\n"),
        get("/end", name="end-asked-to-close", fields="Connection: close\r\n"),
    ),
    {
        RETURNED: "return return-sync return-bytearray return-encoded return-empty return-options"
        " return-head",
        UNENDED: "write-open",
        WRITE_END: "write-end",
        ENDED_RETURNS: "end-return send",
        HEAD: "write-head",
        OLD_CHUNKS: "return-chunked-1.0",
        ANNOUNCED: "yield-plain write-unknown",
        ORDER: "write write-open write-plain write-unknown write-end write-return write-head"
        " write-1.0",
        EMPTY_STREAM: "yield-empty",
        NO_PIECES: "yield-nothing",
        YIELD_NONE: "yield-none",
        UNSTREAMED: "yield-buffered",
        WRITE_RETURN: "write-return",
        RETURN_NO_BODY: "return-number",
        ARGUMENTS: "return-sync-bare",
    },
)
