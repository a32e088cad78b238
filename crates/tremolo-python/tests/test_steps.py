"""Handlers that wait several times: the server resumes them in place of their tasks, and nothing
that a program sees of a task changes."""

import pytest
from conftest import LOOPS
from test_websocket import Sockets


class Steps(Sockets):
    script = "steps.py"


@pytest.fixture(scope="module", params=LOOPS)
def server(request):
    program = Steps(request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "never" not in log, log
    assert log.count("Traceback") == log.count("ValueError: expected in the log"), log


def replies(client, *messages):
    """The replies to messages, one at a time."""
    taken = []
    for message in messages:
        client.send(message)
        taken.append(client.message())
    return taken


def test_the_task_and_its_context_are_the_same_after_each_wait(server):
    client = server.open("/task")
    assert replies(client, *"abcde") == [
        "a True unset",
        "b True 0",
        "c True 1",
        "d True 2",
        "e True 3",
    ]
    assert client.closed() == (1000, "")
    assert replies(server.open("/late-task"), *"abc") == 3 * ["(True, False)"]


def test_a_handler_waits_for_anything_between_two_messages(server):
    client = server.open("/others")
    assert replies(client, *"abc") == ["a!", "b!", "c!"]
    assert client.closed() == (1000, "")


def test_a_timeout_ends_a_wait(server):
    client = server.open("/timeouts")
    for _ in range(3):
        assert client.message() == "timeout"
        assert replies(client, "a") == ["a"]
    assert client.closed() == (1000, "")


def test_a_task_is_cancelled_while_it_waits(server):
    client = server.open("/cancelled")
    for number in range(3):
        assert replies(client, *"abc") == ["a", "b", "c"]
        assert server.text(f"/cancel?{number}") == "True"
        assert client.message() == f"cancelled ('{number}',)"
    assert client.closed() == (1000, "")


def test_a_task_cancels_itself(server):
    client = server.open("/cancels-itself")
    assert replies(client, *"abc") == [f"{message} ('itself',)" for message in "abc"]
    assert client.closed() == (1000, "")


def test_an_exception_after_several_waits_closes(server):
    client = server.open("/raises")
    assert replies(client, *"abc") == ["a", "b", "c"]
    assert client.closed() == (1011, "")


def test_the_end_of_the_task_is_seen(server):
    client = server.open("/awaited")
    assert replies(client, *"abc") == ["a", "b", "c"]
    assert client.closed() == (1000, "")
    server.seen("None False")


def test_a_handler_and_its_tasks_receive_in_turn(server):
    client = server.open("/two-tasks")
    assert replies(client, *"abcdefghijklmnopqr") == list("abcdefghijklmnopqr")
    assert client.closed() == (1000, "")


def test_a_body_is_read_in_the_task(server):
    def pieces():
        for _ in range(5):
            yield b"piece"

    assert server.text("/body", method="POST", body=pieces()) == "25"
