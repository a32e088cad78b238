"""WSGI applications of the tests: `app` has a function for each path."""

import json
import sys
import threading
import time
from wsgiref.validate import validator

from tremolo import Application
from tremolo.wsgi import WSGI

seen = []
gate = threading.Event()


def app(environ, start_response):
    name = environ["PATH_INFO"].strip("/").partition("/")[0]
    return globals()[f"on_{name or 'hello'}"](environ, start_response)


def start(start_response, *headers, status="200 OK"):
    return start_response(status, [("Content-Type", "text/plain"), *headers])


def on_hello(environ, start_response):
    start(start_response)
    return [b"Hello ", b"World!"]


def on_seen(environ, start_response):
    start(start_response)
    text = json.dumps(seen)
    seen.clear()
    return [text.encode()]


def on_environ(environ, start_response):
    start(start_response)
    plain = {name: value for name, value in environ.items() if isinstance(value, str | int)}
    return [json.dumps(plain).encode()]


def on_echo(environ, start_response):
    start(start_response)
    return [environ["wsgi.input"].read()]


def on_lines(environ, start_response):
    start(start_response)
    return [json.dumps([line.decode() for line in environ["wsgi.input"]]).encode()]


def on_status(environ, start_response):
    start(start_response, ("X-A", "1"), ("X-A", "2"), status="418 I am a teapot")
    return []


class Body:
    def __iter__(self):
        yield b""
        for number in range(3):
            yield b"%d" % number

    def close(self):
        seen.append("closed")


def on_stream(environ, start_response):
    start(start_response)
    return Body()


def on_write(environ, start_response):
    write = start(start_response)
    write(b"one ")
    write(b"two")
    return [b" three"]


def on_pingpong(environ, start_response):
    start(start_response)
    yield b"ping"
    yield environ["wsgi.input"].read(4)


def on_endless(environ, start_response):
    start(start_response)
    try:
        while True:
            yield b"x" * 65536
    except GeneratorExit:
        seen.append("closed")
        raise


def on_none(environ, start_response):
    return [b"no head"]


def on_twice(environ, start_response):
    start(start_response)
    start(start_response)
    return []


def on_replaced(environ, start_response):
    start(start_response)
    try:
        raise ValueError
    except ValueError:
        start_response("500 Own", [("Content-Type", "text/plain")], sys.exc_info())
    return [b"own"]


def on_late(environ, start_response):
    start(start_response)
    yield b"some"
    try:
        raise ValueError("expected in the log")
    except ValueError:
        start_response("500 Own", [], sys.exc_info())


def on_fails(environ, start_response):
    raise ValueError("expected in the log")


def on_text(environ, start_response):
    start(start_response)
    yield "text"


def on_waits(environ, start_response):
    """Holds its thread until `/go`."""
    seen.append("waits")
    gate.wait()
    return on_hello(environ, start_response)


def on_go(environ, start_response):
    gate.set()
    return on_hello(environ, start_response)


def on_sleep(environ, start_response):
    time.sleep(0.05)
    start(start_response)
    return [threading.current_thread().name.encode()]


@validator
def valid(environ, start_response):
    start(start_response)
    if environ["REQUEST_METHOD"] == "POST":
        return [environ["wsgi.input"].read(5)]
    return [b"valid"]


mounted = Application()
mounted.mount("/below/here", WSGI(app))
mounted.mount("/", WSGI(valid))


@mounted.on_response
async def mark(response):
    response.set_header("x-response", "1")
