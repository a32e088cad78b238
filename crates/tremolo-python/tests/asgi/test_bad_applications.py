"""Bad applications: the client gets a right answer or a clean cut, the log has the reason, and the
server goes on."""

import socket

import pytest
from conftest import LOOPS
from serving import Asgi, get


@pytest.fixture(scope="module", params=LOOPS)
def server(request):
    program = Asgi(request.param, "bad.py", "--interface", "asgi", "--shutdown-timeout", "0.3")
    yield program
    program.stop()


@pytest.fixture(params=LOOPS)
def start(request):
    programs = []

    def start(*arguments):
        arguments = ("--interface", "asgi", "--shutdown-timeout", "0.2", *arguments)
        programs.append(Asgi(request.param, "bad.py", *arguments))
        return programs[-1]

    yield start
    for program in programs:
        if program.process.poll() is None:
            program.process.kill()
        program.process.communicate()


#: Nothing was sent: an error page.
REFUSED = {
    "before": "Fault",
    "after": "Fault",
    "plain": "Fault",
    "exit": "SystemExit: 3",
    "late_exit": "SystemExit: 3",
    "returns": "the ASGI application has returned without a response",
    "order": "unexpected ASGI message http.response.body before http.response.start",
    "twice": "unexpected ASGI message http.response.start after http.response.start",
    "early": "unexpected ASGI message http.response.trailers after http.response.start",
    "unknown": "unexpected ASGI message http.response.unknown before http.response.start",
    "other": "unexpected ASGI message websocket.accept for http",
    "untyped": "an ASGI message needs a type",
    "none": "AttributeError",
    "split": "header x-a: invalid field value",
    "name": "header x a: invalid field name",
    "text": "the names and values of headers are bytes",
    "pair": "a header is a name and a value",
    "status": "status outside 200-599",
    "big_status": "OverflowError",
    "string": "the body of an ASGI message is bytes",
    "long": "more data than the declared Content-Length",
    "short": "the body is shorter than its Content-Length",
    "nofile": "FileNotFoundError",
    "no_coroutine": "AttributeError",
}

#: The response has begun: it is cut.
CUT = {
    "within": "Fault",
    "half": "the ASGI application has returned before its response was complete",
    "within_twice": "unexpected ASGI message http.response.start within the body",
    "long_pieces": "more data than the declared Content-Length",
    "short_pieces": "the body is shorter than its Content-Length",
}


@pytest.mark.parametrize("path", REFUSED)
def test_an_error_before_the_body_has_a_page(server, path):
    response = server.get(f"/{path}")
    assert (response.status, response.getheader("x-a")) == (500, None)
    assert server.text("/hello") == "hello"


@pytest.mark.parametrize("path", CUT)
def test_an_error_within_the_body_cuts_it(server, path):
    answer = server.exchange(get(f"/{path}"))
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert not answer.endswith(b"0\r\n\r\n")
    assert server.text("/hello") == "hello"


def test_the_log_says_why_in_one_line_with_the_traceback(start):
    server = start()
    faults = {**REFUSED, **CUT}
    for path in faults:
        server.exchange(get(f"/{path}"))
    code, log = server.stop()
    first, *entries = log.split("\n[")
    assert code == 0
    assert "no lifespan: Fault" in first
    assert len(entries) == len(faults), log
    for (path, text), entry in zip(faults.items(), entries, strict=True):
        line, *rest = entry.strip().split("\n")
        assert line.endswith(f"ERROR: <ASGI GET /{path}> failed"), entry
        assert text in rest[-1], entry


def test_a_body_that_is_not_read_is_dropped(server):
    request = b"POST /deaf HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + get("/hello")
    answer = server.exchange(request)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.endswith(b"hello")


def test_a_mistake_can_be_answered(server):
    response = server.get("/replies")
    assert (response.status, response.getheader("x-b")) == (418, "3")
    assert response.data == b"header x-a: invalid field value"


def test_any_awaitable_is_fine(server):
    assert server.text("/awaitable") == "hello"


def test_an_application_that_blocks_delays_the_others(server):
    with server.connect() as client:
        client.sendall(get("/blocks"))
        assert server.text("/hello") == "hello"
        answer = b""
        while data := client.recv(1000):
            answer += data
    assert answer.endswith(b"blocked")


@pytest.mark.parametrize("path", ["stubborn", "immortal", "immortal_background"])
def test_a_shutdown_ends_in_time(start, path):
    server = start()
    with server.connect() as client:
        client.sendall(f"GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = b""
        while b"some" not in answer:
            answer += client.recv(1000)
        client.shutdown(socket.SHUT_WR)
        code, log = server.stop()
    # Its requests were cancelled.
    assert code == 1
    assert ("left behind" in log) is (path != "stubborn")


def test_a_time_limit_can_be_set(start):
    server = start("--app-handler-timeout", "0.05")
    assert server.get("/hangs").status == 500
    code, log = server.stop()
    assert code == 0
    assert "handler cancelled" in log
