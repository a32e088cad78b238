"""The worker of gunicorn: applications of each kind, signals, heartbeat, limits."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading

import pytest
from conftest import rest_of

pytest.importorskip("gunicorn")

APPLICATION = """
import asyncio, os, time
from tremolo import Application

native = Application()
@native.route("/")
async def index():
    return str(os.getpid())

@native.route("/slow")
async def slow(request):
    print("slow", flush=True)
    await asyncio.sleep(1)
    return "slow"

@native.route("/endless")
async def endless():
    print("endless", flush=True)
    await asyncio.sleep(3600)

@native.route("/blocks")
async def blocks():
    time.sleep(3600)

@native.route("/address")
async def address(request):
    return request.ip

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise RuntimeError
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"asgi"})

def wsgi(environ, start_response):
    start_response("200 OK", [])
    return [b"wsgi"]

async def fails(scope, receive, send):
    if scope["type"] == "lifespan":
        await send({"type": "lifespan.startup.failed", "message": "no database"})
"""

#: Its own environment runs without access to folders of the user.
CHANGED = f"{APPLICATION}\n# changed\n"

OPTIONS = ["-k", "tremolo.workers.TremoloWorker", "--graceful-timeout", "5", "--no-control-socket"]


class Gunicorn:
    """An arbiter with one worker, on a socket of ours."""

    def __init__(self, folder, *arguments):
        (folder / "served.py").write_text(APPLICATION)
        self.listener = socket.create_server(("127.0.0.1", 0))
        number = self.listener.fileno()
        command = [sys.executable, "-m", "gunicorn", *OPTIONS, "-b", f"fd://{number}", *arguments]
        self.process = subprocess.Popen(
            command, cwd=folder, text=True, pass_fds=[number],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.lines = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()

    def wait_for(self, pattern, count=1):
        """Waits until lines of the log match."""
        with self._changed:
            enough = self._changed.wait_for(lambda: self._count(pattern) >= count, 30)
            assert enough, "".join(self.lines)

    def repeat_until(self, pattern, action):
        """Does something again and again, until a line of the log matches."""
        with self._changed:
            for _ in range(300):
                action()
                if self._changed.wait_for(lambda: self._count(pattern), 0.1):
                    return
            raise AssertionError("".join(self.lines))

    def _count(self, pattern):
        return sum(bool(re.search(pattern, line)) for line in self.lines)

    def send(self, path="/", fields=""):
        client = socket.create_connection(self.listener.getsockname(), timeout=30)
        client.sendall(
            f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n".encode()
        )
        return client

    def text(self, path="/", fields=""):
        with self.send(path, fields) as client:
            return rest_of(client).decode().rpartition("\r\n\r\n")[2]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self._reader.join()
        self.process.stdout.close()
        self.listener.close()


@pytest.mark.parametrize(("name", "text"), [("app", "asgi"), ("wsgi", "wsgi"), ("native", None)])
def test_serves_an_application_of_any_kind(tmp_path, name, text):
    with Gunicorn(tmp_path, "--access-logfile", "-", f"served:{name}") as server:
        found = server.text()
        assert found == text if text else found.isdecimal()
        server.wait_for(r'^127\.0\.0\.1 .*"GET / HTTP/1\.1" 200')
    assert server.process.returncode == 0


def test_a_signal_lets_requests_finish(tmp_path):
    with Gunicorn(tmp_path, "served:native") as server, server.send("/slow") as client:
        server.wait_for("^slow")
        server.process.send_signal(signal.SIGTERM)
        assert rest_of(client).endswith(b"slow")
    assert server.process.returncode == 0


def test_another_signal_ends_them(tmp_path):
    arguments = ["--graceful-timeout", "3600", "served:native"]
    with Gunicorn(tmp_path, *arguments) as server, server.send("/endless") as client:
        server.wait_for("^endless")
        server.process.send_signal(signal.SIGQUIT)
        assert b"endless" not in rest_of(client)
        assert server.process.wait(30) == 0


def test_workers_are_replaced_on_request(tmp_path):
    with Gunicorn(tmp_path, "served:native") as server:
        first = server.text()
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("Booting worker", 2)
        server.wait_for(rf"Worker exiting \(pid: {first}\)")
        assert server.text() != first


def test_a_worker_stops_after_its_requests(tmp_path):
    with Gunicorn(tmp_path, "--max-requests", "2", "served:native") as server:
        first = server.text()
        server.text()
        server.wait_for(rf"Worker exiting \(pid: {first}\)")
        server.wait_for("Booting worker", 2)
        assert server.text() != first


def test_a_worker_stops_when_its_code_changes(tmp_path):
    with Gunicorn(tmp_path, "--reload", "served:native") as server:
        first = server.text()
        # The reloader may look at the file for the first time after a change.
        code = tmp_path / "served.py"
        server.repeat_until(rf"Worker exiting \(pid: {first}\)", lambda: code.write_text(CHANGED))
        server.wait_for("Booting worker", 2)
        assert server.text() != first


def test_a_worker_that_hangs_is_killed(tmp_path):
    with Gunicorn(tmp_path, "--timeout", "2", "served:native") as server:
        with server.send("/blocks") as client:
            # Its end is an exception in the handler.
            assert rest_of(client).startswith(b"HTTP/1.1 500 ")
        server.wait_for("WORKER TIMEOUT")
        assert server.text().isdecimal()


def test_a_worker_that_does_nothing_lives(tmp_path):
    with Gunicorn(tmp_path, "--timeout", "1", "served:native") as server:
        first = server.text()
        # Longer than the timeout.
        server.text("/slow")
        server.text("/slow")
        assert server.text() == first


def test_workers_stop_when_the_arbiter_has_gone(tmp_path):
    with Gunicorn(tmp_path, "served:native") as server:
        server.text()
        server.process.kill()
        server.wait_for("the arbiter has gone")
    assert server.process.returncode == -signal.SIGKILL


def test_proxies_are_trusted_as_gunicorn_has_it(tmp_path):
    fields = "X-Forwarded-For: 203.0.113.9\r\n"
    with Gunicorn(tmp_path, "--forwarded-allow-ips", "*", "served:native") as server:
        assert server.text("/address", fields) == "203.0.113.9"
    with Gunicorn(tmp_path, "--forwarded-allow-ips", "10.0.0.1", "served:native") as server:
        assert server.text("/address", fields) == "127.0.0.1"


@pytest.mark.parametrize(
    ("name", "code", "line"),
    [
        ("served:fails", 3, "the application has not started"),
        ("served:missing", 4, "tremolo: served has no 'missing'"),
    ],
)
def test_an_application_that_does_not_start_ends_the_arbiter(tmp_path, name, code, line):
    with Gunicorn(tmp_path, name) as server:
        assert server.process.wait(30) == code
        server.wait_for(line)


def test_the_environment_has_the_other_options(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "TREMOLO_SERVER_NAME", "Own")
    with Gunicorn(tmp_path, "served:native") as server, server.send() as client:
        assert b"\r\nServer: Own\r\n" in rest_of(client)
