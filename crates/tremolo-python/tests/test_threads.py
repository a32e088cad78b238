"""Other threads drive responses, many at a time: no wake-up of the loop is lost."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import tremolo
from conftest import LOOPS, Program

LENGTH = 400_000
CLIENTS = 6
ROUNDS = 4


class Threads(Program):
    script = "threads.py"


@pytest.fixture(scope="module", params=LOOPS)
def driving(request):
    program = Threads(request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "Traceback" not in log, log


def at_once(ask):
    """Calls a function on several threads, each several times."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda _: ask(), range(CLIENTS * ROUNDS)))


@pytest.mark.parametrize("path", ["/driven", "/direct"])
def test_threads_write_responses_that_are_longer_than_the_queue(driving, path):
    def ask():
        response = driving.get(path)
        assert (response.status, response.data) == (200, b"x" * LENGTH)

    at_once(ask)


def test_threads_read_bodies_and_write_them_back(driving):
    body = bytes(range(256)) * 400

    def ask():
        assert driving.get("/echo", "POST", body).data == body

    at_once(ask)


def test_a_thread_wakes_the_loop_that_has_nothing_else_to_do(driving):
    at_once(lambda: driving.text("/future") == "set by a thread" or pytest.fail("another text"))


@pytest.mark.skipif(
    not hasattr(sys, "_is_gil_enabled"), reason="an interpreter that always has its lock"
)
def test_an_interpreter_that_can_do_without_its_lock_takes_it():
    """`tremolo` is imported already: that is what takes it."""
    assert tremolo.__version__
    assert sys._is_gil_enabled()
