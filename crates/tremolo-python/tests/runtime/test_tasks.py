"""Handlers as tasks of the loop: what asyncio and anyio promise holds in them."""

import re
import threading

import pytest
from conftest import LOOPS, Runtime, rest_of, until


@pytest.fixture(scope="module", params=LOOPS)
def server(request):
    program = Runtime(request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "never" not in log, log


def test_a_timeout_ends_the_wait_for_a_body_and_nothing_else(server):
    seen = rest_of(server.send("/timeout-body", "Content-Length: 5\r\nConnection: close\r\n\r\n"))
    assert seen.startswith(b"HTTP/1.1 200")
    assert seen.endswith(b"timed out")


def test_children_of_a_handler_read_and_write(server):
    assert server.text("/group", method="POST", body=b"body") == "from a child, body"


def test_a_failing_child_ends_its_siblings_and_the_handler(server):
    assert server.get("/group-fails").status == 500
    assert "child-cleaned" in server.text("/events")


def test_anyio_works_in_handlers(server):
    with server.send("/anyio", "Content-Length: 5\r\nConnection: close\r\n\r\n") as client:
        assert rest_of(client).endswith(b"a,b,True,True")


def test_a_generator_may_yield_inside_of_an_anyio_task_group(server):
    assert server.text("/anyio-stream") == "piece"


def test_who_gives_way_a_thousand_times_keeps_nobody_waiting(server):
    clients = [server.send("/spin", "Connection: close\r\n\r\n") for _ in range(10)]
    assert server.text("/hello") == "Hello World!"
    assert all(rest_of(client).endswith(b"span") for client in clients)


def test_another_thread_sets_a_future(server):
    assert server.text("/other-thread") == "True"


def test_handlers_wait_for_each_other(server):
    said = []
    threads = [
        threading.Thread(target=lambda: said.append(server.text("/rendezvous"))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["met", "met"]


def test_a_handler_that_cancels_itself_is_answered_for(server):
    assert server.get("/cancels-itself").status == 500
    assert server.text("/hello") == "Hello World!"


@pytest.mark.parametrize(
    ("path", "first", "second"),
    [
        ("inline", "unset", ""),
        ("task", "unset", "set"),
        ("child", "unset", "set"),
        ("pieces", "unset", "set"),
        ("waiting-pieces", "unset", "set"),
        ("thread", "unset", ""),
        ("thread-pieces", "unset", "set"),
        ("to-thread", "unset", "set"),
    ],
)
def test_context_variables_are_kept_in_a_request_and_not_after_it(server, path, first, second):
    # More requests than threads, on one connection and on others.
    for _ in range(8):
        assert server.text(f"/variable/{path}") == first + second
    pipelined = server.send(f"/variable/{path}")
    pipelined.sendall(
        f"GET /variable/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    )
    assert len(re.findall(rb"unset", rest_of(pipelined))) == 2


def test_context_variables_outlast_a_slow_reader(server):
    client = server.send("/variable/slow-pieces", "Connection: close\r\n\r\n")
    assert client.recv(10) == b"HTTP/1.1 2"
    # Another one's variables, while this one waits for room.
    assert server.text("/variable/inline") == "unset"
    seen = rest_of(client)
    assert b"unset" in seen
    assert seen.endswith(b"3\r\nset\r\n0\r\n\r\n")


@pytest.mark.parametrize("path", ["later", "at-once", "in-a-stream", "in-a-thread"])
def test_what_a_handler_raises_is_in_the_log_with_its_traceback(run, path):
    program = run()
    seen = rest_of(program.send(f"/raises-{path}", "Connection: close\r\n\r\n"))
    assert b"the reason" not in seen
    # A stream has said 200, and is cut.
    assert seen.endswith(b"5\r\npiece\r\n") if "stream" in path else b" 500 " in seen[:20]
    assert program.text("/hello") == "Hello World!"
    code, log = program.stop()
    assert code == 0
    assert log.count("Traceback (most recent call last)") == 1
    assert f"in raises_{path.replace('-', '_')}" in log
    assert "KeyError: 'the reason'" in log


@pytest.mark.parametrize("kind", ["inline", "task", "pieces"])
def test_a_keyboard_interrupt_in_a_handler_ends_the_server(run, kind):
    program = run()
    waiting = program.send("/wait")
    until(lambda: "waits" in program.text("/events"))
    with program.send(f"/interrupt/{kind}"):
        code, log = program.wait()
    assert code == -2, log
    assert "KeyboardInterrupt" in log
    assert "cleaned up" in log, "whoever else runs is cancelled with its clean-up"
    waiting.close()
