"""No cycle on the way of a request: what it keeps goes with it, without the collector."""

import inspect

import cycles
import pytest
from conftest import LOOPS, Program, reset, until

MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n'
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.txt"\r\n\r\ncontent\r\n--b--\r\n'
)

BODIES = {
    "/form": ("multipart/form-data; boundary=b", MULTIPART),
    "/files": ("multipart/form-data; boundary=b", MULTIPART),
    "/part-stream": ("multipart/form-data; boundary=b", MULTIPART),
    "/thread-files": ("multipart/form-data; boundary=b", MULTIPART),
}

PATHS = sorted(entry.path for entry in cycles.app._entries if entry.path != "/now")


class Cycles(Program):
    script = "cycles.py"


@pytest.fixture(scope="module", params=LOOPS)
def program(request):
    program = Cycles(request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log


def exchanges(program, path, count):
    kind, body = BODIES.get(path, ("text/plain", b"Hello"))
    for _ in range(count):
        with program.connect() as client:
            head = (
                f"POST {path}?a=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: a=b\r\n"
                f"Content-Type: {kind}\r\nContent-Length: {len(body) + (path == '/times-out')}"
            )
            client.sendall(f"{head}\r\n\r\n".encode() + body)
            assert client.recv(20)
            while client.recv(1 << 16):
                pass


@pytest.mark.parametrize("path", PATHS)
def test_requests_keep_nothing(program, path):
    before = int(program.text("/now"))
    exchanges(program, path, 300 if path == "/inline" else 10)
    until(lambda: int(program.text("/now")) == before)


def test_clients_that_vanish_leave_nothing(program):
    before = int(program.text("/now"))
    for path in ("/task", "/reads", "/thread", "/files"):
        client = program.connect()
        client.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n\r\n".encode()
        )
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 100 ")
        reset(client)
    until(lambda: int(program.text("/now")) == before)


def test_every_kind_of_handler_is_among_them():
    functions = [entry.target for entry in cycles.app._entries]
    for kind in (
        inspect.iscoroutinefunction,
        inspect.isasyncgenfunction,
        inspect.isgeneratorfunction,
        lambda function: function.__name__ == "thread",
    ):
        assert any(map(kind, functions))
