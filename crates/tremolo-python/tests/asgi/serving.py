"""The server of the ASGI tests: the command line with an application of `app.py`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Program, until
from other_servers import CHOSEN_LOOPS, IS_OWN, SCOPE, OtherServer

HERE = Path(__file__).parent


class Observed:
    """What the tests do with a server of either kind."""

    def seen(self, *expected):
        """Waits for what the application has seen."""
        taken = []

        def so_far():
            taken.extend(json.loads(self.text("/seen")))
            return taken

        until(lambda: len(so_far()) >= len(expected))
        assert taken == list(expected), taken

    def exchange(self, request):
        """Sends a request that ends the connection; returns the whole answer."""
        with self.connect() as client:
            client.sendall(request)
            answer = b""
            while data := client.recv(1 << 16):
                answer += data
        return answer


class Asgi(Observed, Program):
    """A running application of this folder."""

    warnings = "error"

    def __init__(self, loop, name="app.py", *arguments):
        self.start_with([name, "--port", "0", "--loop", loop, *arguments])

    def start_with(self, arguments):
        name, *others = arguments
        script = str(HERE / name)
        command = [sys.executable, "-W", self.warnings, "-m", "tremolo", script, *others]
        self.process = subprocess.Popen(
            command, text=True, **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        )
        self.find_address()

    def ends(self):
        """Stops it. Returns its log without the errors that the tests expect."""
        code, log = self.stop()
        assert code == 0, log
        assert "never" not in log, log
        return log


class Other(Observed, OtherServer):
    """The same, served by another server."""

    def __init__(self, loop, name="app.py"):
        self.start_with(HERE, name)


def server_of(name, *arguments):
    """A fixture with a server for the tests of one module."""

    @pytest.fixture(scope=SCOPE, params=CHOSEN_LOOPS)
    def server(request):
        if not IS_OWN:
            program = Other(request.param, name)
            yield program
            program.ends()
            return
        program = Asgi(request.param, name, *arguments)
        yield program
        log = program.ends()
        # Each error of an application is one that a test expects.
        assert log.count("Traceback") == log.count("ValueError: expected in the log"), log

    return server


def body_of(answer):
    """The body of the last response of a connection, without its chunks."""
    head, _, body = answer.rpartition(b"HTTP/1.")[2].partition(b"\r\n\r\n")
    if b"transfer-encoding: chunked" not in head.lower():
        return body
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        whole, body = whole + body[: int(size, 16)], body[int(size, 16) + 2 :]
    return whole


def get(path, fields=""):
    """A request after which the server closes."""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n".encode()
