"""What a handler may raise to end a program: it ends its request, and no other one's."""

import signal

import pytest
from conftest import LOOPS, Program, rest_of

KINDS = ("inline", "task", "at-once", "pieces", "waiting-pieces", "thread", "thread-pieces")
MIDDLEWARE = ("below/before", "below/after", "below/after-write")
EXCEPTIONS = ("SystemExit", "GeneratorExit", "Own", "CancelledError")


class Exits(Program):
    script = "exits.py"


@pytest.fixture(params=LOOPS)
def program(request):
    program = Exits(request.param)
    yield program
    if program.process.poll() is None:
        program.stop()


def answer(program, path):
    with program.connect() as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return rest_of(client)


@pytest.mark.parametrize("name", EXCEPTIONS)
@pytest.mark.parametrize("kind", KINDS + MIDDLEWARE)
def test_a_handler_ends_its_request_only(program, kind, name):
    seen = answer(program, f"/{kind}?{name}")
    if "pieces" in kind:
        # The response has begun: it is cut.
        assert seen.endswith(b"5\r\npiece\r\n")
    else:
        assert seen.startswith(b"HTTP/1.1 500 ")
    assert program.text("/hello") == "Hello World!"
    code, log = program.stop()
    assert code == 0, log
    assert f"/{kind}?{name}> failed" in log
    assert name in log
    assert "never retrieved" not in log


@pytest.mark.parametrize("name", ["StopIteration", "KeyboardInterrupt"])
@pytest.mark.parametrize("kind", ["thread", "thread-pieces"])
def test_a_thread_has_no_keyboard_and_no_iteration_to_stop(program, kind, name):
    seen = answer(program, f"/{kind}?{name}")
    assert seen.endswith(b"5\r\npiece\r\n") if "pieces" in kind else b" 500 " in seen[:20]
    assert program.text("/hello") == "Hello World!"
    code, log = program.stop()
    assert code == 0, log
    assert name in log


@pytest.mark.parametrize(
    "kind", ["inline", "task", "at-once", "pieces", "waiting-pieces", *MIDDLEWARE, "closing"]
)
def test_an_interrupt_in_the_loop_ends_the_server(program, kind):
    with program.connect() as client:
        client.sendall(
            f"GET /{kind}?KeyboardInterrupt HTTP/1.1\r\nHost: x\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        code, log = program.wait()
    assert code == -signal.SIGINT, log
    assert "KeyboardInterrupt" in log


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_a_page_that_raises_is_answered_with_the_built_in_one(program, name):
    seen = answer(program, f"/page?{name}")
    assert seen.startswith(b"HTTP/1.1 500 ")
    assert program.text("/hello") == "Hello World!"
    code, log = program.stop()
    assert code == 0, log
    assert log.count("the page for 500 failed") == 1


def test_a_close_callback_ends_no_server(program):
    assert answer(program, "/callback").endswith(b"done")
    assert program.text("/hello") == "Hello World!"
    code, log = program.stop()
    assert code == 0, log
    assert "close callback: SystemExit(3)" in log


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_a_hook_of_a_connection_ends_no_server(program, name):
    assert answer(program, f"/closing?{name}").endswith(b"closing")
    assert program.text("/hello") == "Hello World!"
    code, log = program.stop()
    assert code == 0, log


def test_ctrl_c_stops_a_server_whose_handlers_have_exited(program):
    answer(program, "/thread?SystemExit")
    program.process.send_signal(signal.SIGINT)
    code, log = program.wait()
    assert code == 0, log
