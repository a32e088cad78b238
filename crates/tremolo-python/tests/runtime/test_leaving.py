"""Clients that leave, and clocks: which handler ends when, and what is served after a pause."""

import signal
import threading
import time

import pytest
from conftest import reset, rest_of, until

CLOSE = "Connection: close\r\n\r\n"


def close(client):
    client.close()


def seen(program, *events):
    until(lambda: program.text("/events") == ",".join(events))


@pytest.mark.parametrize("leave", [reset, close])
def test_a_handler_is_cancelled_with_its_clean_up_when_its_client_goes(run, leave):
    program = run(log_level="DEBUG")
    client = program.send("/wait")
    seen(program, "waits")
    leave(client)
    seen(program, "waits", "cleaned")
    code, log = program.stop()
    assert code == 0
    assert "a handler is cancelled: the peer is gone" in log


@pytest.mark.parametrize("half_close", ["grace", "close"])
def test_a_stream_ends_with_its_client(run, half_close):
    program = run(half_close=half_close)
    client = program.send("/wait-and-yield")
    seen(program, "waits")
    # A stream that has begun has a client that closed its half, unless that is gone at once.
    (reset if half_close == "grace" else close)(client)
    seen(program, "waits", "cleaned")


@pytest.mark.parametrize("options", [{"half_close": "allow"}, {"half_close_grace": 3600}])
def test_a_half_close_is_not_gone_where_it_is_allowed(run, options):
    program = run(**options)
    client = program.send("/late-by-default")
    client.shutdown(1)
    assert rest_of(client).endswith(b"late")


def test_each_listener_has_its_own_answer(run):
    program = run([0, "localhost", {"half_close": "allow"}], half_close="close")
    client = program.send("/late-by-default")
    client.shutdown(1)
    assert rest_of(client) == b""


def test_an_answer_that_is_none_is_refused(run):
    from tremolo import Application

    with pytest.raises(ValueError, match="half_close: must be one of grace, allow, close"):
        Application().run("::1", half_close="never")


@pytest.mark.parametrize("leave", [reset, close])
def test_a_handler_that_waits_for_its_client_notices_and_has_its_time(run, leave):
    program = run(app_close_timeout=0.2)
    client = program.send("/wait-body", "Content-Length: 5\r\n\r\n")
    seen(program, "waits")
    if leave is reset:
        leave(client)
        seen(program, "waits", "noticed", "cleaned")
    else:
        # A body that is cut short is an error of its own, and is answered.
        client.shutdown(1)
        assert rest_of(client).startswith(b"HTTP/1.1 400")


def test_a_job_whose_client_has_gone_before_it_began_is_not_begun(run):
    program = run(thread_pool_size=1, half_close_grace=0)
    first = program.send("/held?first")
    seen(program, "first")
    waiting = [program.send(f"/held?{number}") for number in range(20)]
    program.text("/hello")
    for number, client in enumerate(waiting):
        if number % 2:
            reset(client)
        else:
            client.shutdown(1)
            assert rest_of(client) == b""
    # What has happened before is seen before.
    program.text("/hello")
    last = program.send("/held?last", CLOSE)
    program.text("/let")
    assert rest_of(last).endswith(b"done")
    assert first.recv(1 << 16).endswith(b"done")
    assert program.text("/events") == "first,last"
    first.close()


def test_a_generator_on_a_thread_is_closed_after_its_step(run):
    program = run()
    client = program.send("/held-pieces")
    seen(program, "waits")
    reset(client)
    assert program.text("/events") == "waits"
    program.text("/let")
    seen(program, "waits", "closed")


def test_the_timeout_of_a_route_goes_before_that_of_the_server(run):
    program = run(app_handler_timeout=0.05)
    assert program.text("/late") == "late"
    assert program.get("/late-by-default").status == 500


def test_who_was_slow_tells_the_status(run):
    program = run(app_handler_timeout=0.1)
    assert rest_of(program.send("/wait", CLOSE)).startswith(b"HTTP/1.1 500")
    client = program.send("/wait-body", "Content-Length: 5\r\n\r\n")
    assert rest_of(client).startswith(b"HTTP/1.1 408")


def test_what_came_during_a_pause_is_served(run):
    program = run(request_timeout=2, keepalive_timeout=2)
    kept = [program.send("/hello") for _ in range(20)]
    assert all(client.recv(1 << 16).endswith(b"Hello World!") for client in kept)
    fresh = [program.connect() for _ in range(60)]
    program.text("/hello")
    program.process.send_signal(signal.SIGSTOP)
    for client in kept + fresh:
        client.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    paused = time.monotonic()
    while time.monotonic() < paused + 3:
        threading.Event().wait(0.05)
    program.process.send_signal(signal.SIGCONT)
    assert all(rest_of(client).endswith(b"Hello World!") for client in kept + fresh)


def test_a_connection_that_sends_nothing_is_closed_without_a_word(run):
    program = run(request_timeout=0.05)
    assert rest_of(program.connect()) == b""
