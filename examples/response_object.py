"""All ways to send a response: each has its own path, and `/` lists them.

`python examples/response_object.py`, then open http://127.0.0.1:8000/, or show the bytes:
`curl -i --raw http://127.0.0.1:8000/yield`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import response_object_page
from tremolo import Application
from tremolo.exceptions import InternalServerError

app = Application()


@app.route("/")
async def index():
    return response_object_page.html()


@app.route("/yield")
async def yield_pieces() -> AsyncIterator[bytes]:
    yield b"Hello "
    yield b"World!"


@app.route("/yield-slow")
async def yield_slowly():
    for number in range(1, 8):
        if number > 1:
            await asyncio.sleep(0.2)
        yield f"piece {number}\n"


@app.route("/return")
async def whole():
    return "Hello, World!"


@app.route("/write")
async def write(response):
    """The empty piece ends the body."""
    await response.write(b"Hello ")
    await response.write(b"World!")
    await response.write(b"")


@app.route("/write-open")
async def write_open(response):
    """A body without an end is ended when the handler returns."""
    await response.write(b"Hello")


@app.route("/write-none")
async def write_none(response):
    """Sends the head alone."""
    response.set_status(202)
    await response.write(None)


@app.route("/end")
async def end(response):
    await response.end(b"Hello")


@app.route("/end-empty")
async def end_empty(response):
    await response.end()


@app.route("/write-end")
async def write_end(response):
    await response.write(b"Hello ")
    await response.end(b"World!")


@app.route("/end-twice")
async def end_twice(response):
    """The second call is an error. It is logged, and the client does not notice it."""
    await response.end(b"Hello")
    await response.end(b"Hello again")


@app.route("/send")
async def send(response):
    """Sends exactly these bytes; nothing is added."""
    await response.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nraw")
    await response.send(None)


@app.route("/send-binary")
async def send_binary(response):
    """The bytes need not be HTTP."""
    await response.send(b"\x00\x01\x02 not HTTP \xfd\xfe\xff")
    response.close()


@app.route("/send-none")
async def send_none(response):
    await response.send(None)


@app.route("/close-keepalive")
async def close_keepalive(response):
    """Does the same as `end`, in single steps."""
    await response.write(b"Hello")
    response.close(keepalive=True)


@app.route("/close")
async def close(response):
    response.close()


@app.route("/none")
async def none():
    return None


@app.route("/leave-open")
async def leave_open(response):
    """The connection stays open after the handler: the task with the response owns it."""

    async def answer_later():
        await asyncio.sleep(0.1)
        await response.send(
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlater"
        )
        response.close()

    app.create_task(answer_later())
    return True


@app.route("/status")
async def status(response):
    response.set_status(418, "I'm a teapot")
    await response.end(b"short and stout")


@app.route("/headers")
async def headers(response):
    response.set_header("X-Foo", "bar")
    response.append_header("X-Foo", "baz")
    await response.end(b"Hello")


@app.route("/cookies")
async def cookies(response):
    response.set_cookie(
        "a",
        "1",
        expires=3600,
        path="/cookies",
        domain="127.0.0.1",
        samesite="Strict",
        secure=True,
        httponly=True,
    )
    response.set_cookie("b", "2")
    await response.end(b"Hello")


@app.route("/content-type")
async def content_type(response):
    response.set_content_type("text/plain")
    await response.end(b"<b>not bold</b>")


@app.route("/late-header")
async def late_header(response):
    """The head was sent with the first piece and can no longer change."""
    await response.write(b"Hello ")
    try:
        response.set_header("X-Late", "1")
    except InternalServerError as error:
        await response.end(str(error))
    else:
        await response.end(b"World!")


@app.route("/bad-header")
async def bad_header(response):
    """Bytes that could split the head are refused; without `except` the response is a 500."""
    response.set_header("X-Bad", "1\r\nSet-Cookie: session=stolen")
    await response.end(b"Hello")


@app.route("/no-content")
async def no_content(response):
    response.set_status(204)
    return b""


@app.route("/not-modified")
async def not_modified(response):
    response.set_status(304)
    return b""


@app.route("/error-before")
async def error_before():
    """The text of the error is logged. The client gets a 500 without it."""
    return fail()


@app.route("/error-after")
async def error_after(response):
    """It is too late for an error page: the body is cut, so that the client detects the error."""
    await response.write(b"Hello")
    await response.end(fail())


def fail():
    return Path("/nonexistent").read_bytes()


if __name__ == "__main__":
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000").rpartition(":")
    app.run(host, int(port))
