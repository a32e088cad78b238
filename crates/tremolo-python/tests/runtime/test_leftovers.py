"""Requests with middleware, contexts, hooks and tasks leave nothing behind."""

import json
import os

import pytest
from conftest import LOOPS, Program, rest_of

PATHS = ["/tasks", "/shared", "/view/a", "/view/b", "/below/thread", "/forbidden", "/nowhere"]

#: How often all of them are requested on one connection.
TIMES = 10

#: Requests that are counted. More of them find smaller leaks.
REQUESTS = int(os.environ.get("LEFTOVER_REQUESTS", "5000"))

#: asyncio keeps up to so many timers that were cancelled, then removes all of them. Each connection
#: has one, with its context.
TIMERS = 110

#: Objects and bytes that come and go, whatever the number of requests: caches, free lists.
OBJECTS, MEMORY = 20, 4 << 20


@pytest.fixture(params=LOOPS)
def program(request):
    program = Program.__new__(Program)
    program.start("runtime/leftovers.py", request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log


def requests(program, times):
    """Each path so many times, on one connection."""
    heads = "".join([f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in PATHS] * times)
    with program.connect() as client:
        client.sendall(f"{heads}GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert rest_of(client).count(b"HTTP/1.1 200 ") == times * 5


def left(program):
    """The lowest counts of objects and tasks between connections, and the memory."""
    counts = []
    for _ in range(TIMERS):
        requests(program, 1)
        counts.append(json.loads(program.text("/left")))
    objects, tasks, memory = zip(*counts, strict=True)
    return min(objects), min(tasks), memory[-1]


def test_requests_with_everything_leave_nothing(program):
    objects, tasks, memory = left(program)
    for _ in range(0, REQUESTS, TIMES * len(PATHS)):
        requests(program, TIMES)
    objects_after, tasks_after, memory_after = left(program)
    assert objects_after - objects < OBJECTS
    assert tasks_after <= tasks
    assert memory_after - memory < MEMORY
