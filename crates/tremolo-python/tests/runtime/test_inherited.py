"""Sockets that listen already, those of systemd, and one socket for both families."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys

import pytest
from conftest import HERE
from tremolo._tremolo import single_addresses


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@contextlib.contextmanager
def program(listening, host, **options):
    """A program with the socket as descriptor 3, as systemd starts it."""
    script = 'exec 3<&0; export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web; exec "$0" "$@"'
    command = [sys.executable, "-W", "error", str(HERE / "runtime" / "app.py"), "asyncio", "[]"]
    with subprocess.Popen(
        ["sh", "-c", script, *command, json.dumps({"host": host, **options})],
        stdin=listening,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def hello(listening):
    client = http.client.HTTPConnection(*listening.getsockname(), timeout=20)
    client.request("GET", "/hello")
    with contextlib.closing(client):
        return client.getresponse().read()


@pytest.mark.parametrize("host", ["fd://3", "systemd://", "systemd://web"])
@pytest.mark.parametrize("workers", [0, 2])
def test_a_socket_that_listens_already_is_served(listening, host, workers):
    port = listening.getsockname()[1]
    with program(listening, host, worker_num=workers) as process:
        # The socket accepts connections before the program does.
        assert hello(listening) == b"Hello World!"
        line = process.stdout.readline()
        assert re.fullmatch(rf"Tremolo \S+ listens on http://127.0.0.1:{port} .*\n", line), line
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20) == ("", "")
        assert process.returncode == 0


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("systemd://admin", 'no socket of systemd has this name; there is "web"'),
        ("fd://9999", "Bad file descriptor (os error 9)"),
        ("fd://2", "not a listening socket"),
    ],
)
def test_a_socket_that_is_missing_is_one_line(listening, host, why):
    with program(listening, host) as process:
        out, log = process.communicate(timeout=20)
    assert (process.returncode, out) == (1, "")
    assert log.startswith(f"tremolo: cannot listen on {host}: "), log
    assert why in log or host == "fd://2", log
    assert log.count("\n") == 1, log


def test_systemd_stands_for_its_sockets(monkeypatch):
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    monkeypatch.setenv("LISTEN_FDS", "3")
    monkeypatch.setenv("LISTEN_FDNAMES", "web:admin:web")
    assert single_addresses("systemd://") == ["fd://3", "fd://4", "fd://5"]
    assert single_addresses("systemd://web") == ["fd://3", "fd://5"]
    assert single_addresses("127.0.0.1:8000") == ["127.0.0.1:8000"]
    monkeypatch.setenv("LISTEN_PID", "1")
    with pytest.raises(OSError, match="systemd has not passed sockets to this process"):
        single_addresses("systemd://")


def test_one_socket_is_for_both_families(run):
    program = run([0, "::", {}])
    port = int(re.search(r"http://\[::\]:(\d+)", program.line)[1])
    for host in ("127.0.0.1", "::1"):
        client = http.client.HTTPConnection(host, port, timeout=10)
        client.request("GET", "/client")
        with contextlib.closing(client):
            assert client.getresponse().read().decode().endswith(f" {host}")


def test_a_unix_socket_has_its_owner(run, tmp_path):
    path = tmp_path / "a.sock"
    owner = tmp_path.stat()
    # Only the superuser can give a file away.
    user, group = (owner.st_uid, owner.st_gid) if owner.st_uid else (12345, 54321)
    run([str(path), None, {"unix_socket_owner": f"{user}:{group}"}])
    assert (path.stat().st_uid, path.stat().st_gid) == (user, group)
