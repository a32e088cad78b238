"""Hooks of an application: when a worker or a connection begins or ends."""

import contextlib
import http.client
import subprocess
import sys

import pytest
from conftest import HERE, LOOPS, Program, rest_of
from tremolo import Application


class Hooks(Program):
    script = "hooks.py"


@pytest.fixture(params=LOOPS)
def start(request):
    programs = []

    def start(*arguments):
        programs.append(Hooks(request.param, *arguments))
        return programs[-1]

    yield start
    for program in programs:
        if program.process.poll() is None:
            program.stop()


def events(program):
    return program.text("/events").split("\n")


def events_until(program, cause, last):
    """The events from a cause to the last of its effects, read from one connection."""
    connection = http.client.HTTPConnection(*program.address, timeout=10)
    try:
        connection.request("GET", "/events")
        connection.getresponse().read()
        cause()
        seen = []
        while last not in seen:
            connection.request("GET", "/events")
            seen += connection.getresponse().read().decode().split("\n")
        return [event for event in seen if event]
    finally:
        connection.close()


def test_hooks_of_a_worker_run_in_their_order(start):
    program = start()
    assert events(program)[:2] == [
        "start first True",
        "start later ['app', 'context', 'logger', 'loop']",
    ]
    assert program.text("/made") == "at start True"
    code, log = program.stop()
    assert code == 0
    assert log.index("stop before\n") < log.index("stop True\n")


def test_hooks_of_a_connection_run_in_their_order(start):
    program = start()
    seen = events_until(program, lambda: program.connect().close(), "close fails")
    assert seen == [
        "connect ['app', 'globals', 'lock', 'logger', 'loop']",
        "connect next",
        "connect last",
        "close first",
        "close below True",
        "close fails",
    ]
    _, log = program.stop()
    assert "at close" in log


def test_a_true_result_ends_the_chain_and_serves(start):
    program = start("chain")
    assert program.text("/made") == "at start True"
    assert "connect last" not in events(program)


def test_a_hook_that_fails_refuses_the_connection(start):
    program = start("connect")
    with program.connect() as client:
        client.sendall(b"GET /made HTTP/1.1\r\nHost: x\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert rest_of(client) == b""
    code, log = program.stop()
    assert (code, "not you" in log) == (0, True)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_worker_whose_hook_fails_ends(loop):
    command = [sys.executable, str(HERE / "hooks.py"), "127.0.0.1:0", loop, "start"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 1
    assert "ValueError: no start" in done.stderr
    assert "stop" not in done.stderr.split("ValueError")[1]


def test_misuse_is_an_error_where_it_is_made():
    app = Application()
    with pytest.raises(ValueError, match="worker_start"):
        app.add_hook(print, "nonsense")
    with pytest.raises(TypeError, match="a function"):
        app.add_hook(5)
    with pytest.raises(TypeError, match="priority"):
        app.on_close("later")
