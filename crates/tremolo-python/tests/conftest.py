"""Servers as child processes, found by their ready line; a client that sends and reads bytes."""

import http.client
import importlib.util
import json
import os
import re
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
#: What these need is installed by `cargo xtask frameworks`.
collect_ignore_glob = [] if importlib.util.find_spec("quart") else ["frameworks/*"]
LOOPS = ("asyncio", "uvloop")

#: How worker processes start, and their loops.
WAYS = [("fork", "asyncio"), ("spawn", "uvloop"), ("forkserver", "asyncio")]


class Program:
    """A running application."""

    script = "app.py"

    def __init__(self, loop, *arguments):
        self.start(self.script, "127.0.0.1:0", loop, *arguments)

    def start(self, script, *arguments):
        command = [sys.executable, "-W", "error", str(HERE / script), *arguments]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        # Every test stops a server; most have no client that might still send a request.
        env = {"TREMOLO_DRAIN_GRACE": "20ms", **os.environ}
        self.process = subprocess.Popen(command, text=True, env=env, **pipes)
        self.find_address()

    def find_address(self):
        """Waits for the line with its address."""
        self.line = line = self.process.stdout.readline()
        found = re.search(r"https?://([\d.]+):(\d+)", line)
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


class Runtime(Program):
    """The application of the tests of the runtime."""

    def __init__(self, loop, *listeners, **options):  # the options of `Application.run`
        self.start("runtime/app.py", loop, json.dumps(listeners), json.dumps(options))

    def send(self, path, rest="\r\n"):
        """A client that has sent a request."""
        client = self.connect()
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{rest}".encode())
        return client

    def tell(self):
        """Writes a line to its standard input."""
        self.process.stdin.write("told\n")
        self.process.stdin.flush()


@pytest.fixture(params=LOOPS)
def run(request):
    """Starts the application of the tests of the runtime."""
    programs = []

    def run(*listeners, **options):
        programs.append(Runtime(request.param, *listeners, **options))
        return programs[-1]

    yield run
    for program in programs:
        if program.process.poll() is None:
            code, log = program.stop()
            assert code == 0, log
            assert "never" not in log, log


class Processes(Program):
    script = "processes.py"

    def pids(self, number=1):
        """The processes that serve, at least so many."""
        seen = set()
        until(lambda: seen.add(int(self.text("/pid"))) or len(seen) >= number, 100_000)
        return seen

    def begin(self, target):
        """A client whose response has begun."""
        return self.begin_somewhere(target)[0]

    def begin_somewhere(self, target):
        """The same, and the process that serves it."""
        client = self.connect()
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        seen = b""
        while b"begun," not in seen:
            seen += client.recv(1000)
        return client, int(re.search(rb"(\d+) begun,", seen)[1])

    def try_lock(self):
        try:
            return self.text("/try-lock")
        except (http.client.HTTPException, OSError):
            return None


@pytest.fixture(params=WAYS, ids="-".join)
def processes(request):
    method, loop = request.param
    programs = []

    def start(**options):
        programs.append(Processes(loop, method, json.dumps({"worker_num": 2, **options})))
        return programs[-1]

    yield start
    for program in programs:
        if program.process.poll() is None:
            code, log = program.stop()
            assert code == 0, log
            assert "Traceback" not in log, log


@pytest.fixture
def path(tmp_path):
    """A named pipe."""
    os.mkfifo(tmp_path / "go")
    return tmp_path / "go"


def reset(client):
    """Closes with a reset instead of an end."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def rest_of(client):
    """Everything that comes until the end."""
    seen = b""
    with client:
        while data := client.recv(1 << 16):
            seen += data
    return seen


def until(condition, attempts=10_000):
    """Asks again and again, and leaves the processor to the server in between."""
    for _ in range(attempts):
        if condition():
            return
        time.sleep(0.001)
    raise AssertionError("it never came true")
