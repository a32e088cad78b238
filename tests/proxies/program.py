"""The server behind the proxies: it records each request that reaches a handler, and each response
repeats the mark of its request. The twin of `program.rs`.

`python program.py HOST:PORT FILE`
"""

import json
import sys
from pathlib import Path

from tremolo import Application
from tremolo.exceptions import HTTPException

app = Application()


@app.route("/whole")
async def whole(request, response):
    """Reads the body, then responds."""
    return answer(response, record(request, await request.body()))


@app.route("/limited")
async def limited(request, response, client_max_body_size=8):
    return answer(response, record(request, await request.body()))


@app.route("/early")
async def early(request, response):
    """Responds without a look at the body."""
    return answer(response, record(request))


@app.route("/both")
async def both(request, response):
    """Begins to respond, and reads the body then."""
    response.set_header("X-Mark", request.query_string)
    await response.write(b"begun\n")
    await response.end(record(request, await request.body()))


@app.route("/hints")
async def hints(request, response):
    """Interim responses come first, to clients that know them."""
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"
    hints = hint * 2 if request.version == b"1.1" else b""
    await response.send(hints + framed(request))
    response.close(keepalive=True)


@app.route("/nothing")
async def nothing(request, response):
    response.set_status(204)
    return answer(response, record(request))


@app.route("/stream")
async def pieces(request, response):
    """In chunks, with a trailer field."""
    mark = record(request)
    response.set_header("X-Mark", mark)
    yield b"begun\n"
    yield mark


@app.route("/raw")
async def raw(request, response):
    """A response that the handler frames itself."""
    await response.send(framed(request))
    response.close(keepalive=True)


@app.route("/switch")
async def switch(request, response):
    """Switches to a protocol of its own, in which the first piece is the last one."""
    await response.send(
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n"
    )
    await response.send(record(request, await anext(request.stream(), b"")))


@app.route("/socket")
async def socket(request, websocket=None):
    """Sends each message back."""
    record(request)
    if websocket is None:
        raise HTTPException(code=426, message="Upgrade Required", upgrade="websocket")
    async for message in websocket:
        await websocket.send(message)


def framed(request):
    mark = record(request)
    head = b"HTTP/1.1 200 OK\r\nX-Mark: %b\r\nContent-Length: %d\r\n\r\n" % (mark, len(mark))
    return head if request.method == b"HEAD" else head + mark


def answer(response, mark):
    response.set_header("X-Mark", mark)
    return mark + b"\n"


def record(request, body=None):
    """Writes the record of a request. Returns its mark: what the target has after `?`."""
    fields = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in request.headers.items()
        for value in values
    ]
    text = None if body is None else bytes(body).decode("latin-1")
    line = {"target": request.url.decode("latin-1"), "fields": fields, "body": text}
    with RECORDS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    return bytes(request.query_string)


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    RECORDS = Path(sys.argv[2])
    RECORDS.write_text("")
    app.run(host, int(port))
