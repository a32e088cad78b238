"""Signals: running requests finish, endless ones are stopped, and the exit code shows which."""

import signal
import socket

import pytest
from conftest import rest_of, until

SIGNALS = [signal.SIGINT, signal.SIGTERM]


def is_refused(program):
    try:
        program.connect().close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        # It came while the listener was being closed. The next one is refused.
        return False
    return False


@pytest.mark.parametrize("number", SIGNALS)
def test_running_requests_finish_and_nobody_else_comes_in(run, number):
    program = run()
    idle = program.send("/hello")
    assert idle.recv(1 << 16).endswith(b"Hello World!")
    running = program.send("/until-told")
    assert running.recv(1 << 16)
    program.process.send_signal(number)
    # The idle one is closed while the other one still runs.
    assert rest_of(idle) == b""
    until(lambda: is_refused(program))
    assert program.process.poll() is None
    program.tell()
    assert rest_of(running).endswith(b"5\r\nended\r\n0\r\n\r\n")
    code, log = program.wait()
    assert (code, log) == (0, "")


def test_who_waits_to_be_accepted_is_served(run):
    program = run()
    blocking = program.send("/block", "Connection: close\r\n\r\n")
    assert program.process.stdout.readline() == "blocks\n"
    # The loop is blocked: these connections wait in the listener and are not accepted.
    waiting = [program.send("/hello") for _ in range(20)]
    program.process.terminate()
    program.tell()
    assert rest_of(blocking).endswith(b"told\n")
    assert all(rest_of(client).endswith(b"Hello World!") for client in waiting)
    code, log = program.wait()
    assert (code, log) == (0, "")


def test_who_has_sent_no_complete_request_is_not_waited_for(run):
    program = run(shutdown_timeout=3600, request_timeout=3600, keepalive_timeout=3600)
    clients = [program.connect() for _ in range(3)]
    clients[0].sendall(b"GET /hel")
    clients[1].sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hel")
    assert clients[1].recv(1 << 16).endswith(b"Hello World!")
    program.process.terminate()
    assert [rest_of(client) for client in clients] == [b"", b"", b""]
    assert program.wait() == (0, "")


def test_a_second_server_listens_on_the_same_port_before_the_first_one_stops(run):
    first = run()
    second = run(port=first.address[1])
    assert first.stop() == (0, "")
    assert second.text("/hello") == "Hello World!"


def test_the_tasks_of_the_application_are_waited_for(run):
    program = run()
    assert program.text("/background") == "begun"
    program.process.terminate()
    until(lambda: is_refused(program))
    program.tell()
    code, log = program.wait()
    assert code == 0
    assert "the task is done" in log


def test_after_the_timeout_handlers_are_cancelled(run):
    program = run(shutdown_timeout=0.05)
    client = program.send("/wait")
    until(lambda: "waits" in program.text("/events"))
    code, log = program.stop()
    assert code == 1, log
    assert "1 request was cancelled" in log
    assert "cleaned up" in log
    client.close()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_second_signal_ends_at_once(run, number):
    program = run(shutdown_timeout=3600)
    client = program.send("/wait")
    until(lambda: "waits" in program.text("/events"))
    program.process.send_signal(number)
    until(lambda: is_refused(program))
    program.process.send_signal(number)
    code, log = program.wait()
    assert code == 1, log
    assert "cleaned up" in log
    client.close()


@pytest.mark.parametrize("path", ["/stubborn", "/stubborn-thread"])
def test_who_does_not_end_keeps_no_server_from_ending(run, path):
    program = run(shutdown_timeout=0.05)
    client = program.send(path)
    until(lambda: b"begun" in client.recv(1 << 16, socket.MSG_PEEK))
    code, log = program.stop()
    assert code == 1
    assert "left behind" in log
    client.close()


@pytest.mark.parametrize(
    ("path", "answer"),
    [("/until-stopped", b"True True True"), ("/until-stopped-on-a-thread", b"True")],
)
def test_a_handler_notices_that_the_server_stops(run, path, answer):
    program = run(shutdown_timeout=3600)
    client = program.send(path)
    until(lambda: program.text("/events") == "waits")
    program.process.terminate()
    assert rest_of(client).endswith(b"\r\n\r\n" + answer)
    code, log = program.wait()
    assert code == 0, log
