"""Servers as child processes, found by their ready line; a client that sends and reads bytes."""

import http.client
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LOOPS = ("asyncio", "uvloop")


class Program:
    """A running application."""

    script = "app.py"

    def __init__(self, loop, *arguments):
        command = [sys.executable, "-W", "error", str(HERE / self.script), "127.0.0.1:0", loop]
        self.process = subprocess.Popen(
            [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        found = re.search(r"http://([\d.]+):(\d+)", line)
        if not found:
            self.process.kill()
            raise RuntimeError(f"not ready: {line!r} {self.process.stderr.read()}")
        self.address = found[1], int(found[2])

    def connect(self):
        return socket.create_connection(self.address, timeout=10)

    def get(self, path, method="GET", body=None, headers=None):
        connection = http.client.HTTPConnection(*self.address, timeout=10)
        try:
            connection.request(method, path, body, headers or {}, encode_chunked=True)
            response = connection.getresponse()
            response.data = response.read()
            return response
        finally:
            connection.close()

    def text(self, path, **options):
        return self.get(path, **options).data.decode()

    def stop(self):
        """Asks it to stop; gives the exit code and the log."""
        self.process.terminate()
        return self.wait()

    def wait(self):
        _, log = self.process.communicate(timeout=20)
        return self.process.returncode, log


@pytest.fixture(scope="session", params=LOOPS)
def server(request):
    program = Program(request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "never awaited" not in log, log
    assert "never retrieved" not in log, log


@pytest.fixture(params=LOOPS)
def start(request):
    """Starts a server of one's own, with other options."""
    programs = []

    def start(*arguments):
        programs.append(Program(request.param, *arguments))
        return programs[-1]

    yield start
    for program in programs:
        if program.process.poll() is None:
            program.stop()


def until(condition):
    """Asks again and again; the server is what takes the time."""
    for _ in range(10_000):
        if condition():
            return
    raise AssertionError("it never came true")
