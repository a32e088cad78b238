"""Nothing is left behind: no objects, no descriptors, no memory."""

import json

import pytest
from conftest import reset, rest_of, until

#: Requests of one kind: a path, and what is sent behind the request line and the host.
PLAIN = "\r\n"
BODY = "Content-Length: 5\r\n\r\nabcde"
CHUNKED = "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"

#: Pieces of 64 KiB that a slow reader lets a generator make before it is suspended: what the
#: sockets of both sides hold, and the queue, whose mark doubles while the socket swallows all.
BOUND = 400


def census(program):
    return json.loads(program.text("/census"))


def settled(program, act, goal=None):
    """What there is after something was done, when its clean-up is over."""
    quiet = goal or census(program)
    act()
    for _ in range(100):
        now = census(program)
        if now == goal or (goal is None and all(now[kind] == quiet[kind] for kind in QUIET)):
            break
    return now


#: What is never cached: it goes when the last request has gone.
QUIET = ("tasks", "descriptors", "coroutine", "async_generator", "Connection", "RequestContext")


def memory(program):
    return int(program.text("/memory"))


def exchange(program, path, rest, count):
    """Sends the same request again and again on one connection, and counts the answers."""
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\n{rest}".encode()
    seen = b""
    answers = 0
    with program.connect() as client:
        for number in range(count):
            client.sendall(request)
            if number % BATCH == BATCH - 1 or number == count - 1:
                while answers <= number:
                    data = client.recv(1 << 18)
                    assert data, f"closed after {answers}"
                    seen = seen[-20:] + data
                    answers += data.count(b"HTTP/1.1 ")
    return answers


#: Requests that wait at the same time: more would fill the sockets of both sides.
BATCH = 32


@pytest.mark.parametrize(
    ("path", "rest"),
    [
        ("/hello", PLAIN),
        ("/task", BODY),
        ("/task", CHUNKED),
        ("/pieces", PLAIN),
        ("/waiting-pieces", PLAIN),
        ("/thread", BODY),
        ("/raises-at-once", PLAIN),
        ("/raises-later", PLAIN),
        ("/group-fails", PLAIN),
        ("/cancels-itself", PLAIN),
        ("/anyio", BODY),
        ("/server-task", PLAIN),
        ("/nowhere", PLAIN),
    ],
)
def test_requests_leave_nothing_behind(run, path, rest):
    program = run(log_level="CRITICAL")
    # Modules are imported, threads started, free lists filled.
    warm = settled(program, lambda: exchange(program, path, rest, 100))
    assert settled(program, lambda: exchange(program, path, rest, 100), warm) == warm


@pytest.mark.parametrize(
    "path", ["/wait", "/wait-and-yield", "/flood", "/flood-waiting", "/flood-thread", "/task"]
)
def test_clients_that_go_leave_nothing_behind(run, path):
    program = run(app_close_timeout=0, log_level="CRITICAL")
    begun = "Content-Length: 10\r\n\r\nabc" if path == "/task" else PLAIN

    def leave(count):
        clients = [program.send(path, begun) for _ in range(count)]
        if path.startswith("/flood"):
            assert all(client.recv(1) for client in clients)
        # The handlers of all clients run: they were accepted before this one.
        program.text("/hello")
        for client in clients:
            reset(client)

    warm = settled(program, lambda: leave(10))
    # Threads may still have been on their way out when it was warm: fewer is well.
    after = settled(program, lambda: leave(10), warm)
    assert {name: count for name, count in after.items() if count > warm[name]} == {}


def test_a_connection_that_is_left_open_ends_with_its_last_handle(run):
    program = run(log_level="CRITICAL")
    before = census(program)
    clients = [program.send(f"/left-open?{number}") for number in range(10)]
    until(lambda: census(program)["Response"] >= before["Response"] + 10)
    for number in range(10):
        program.text(f"/let-go?{number}")
    assert [rest_of(client) for client in clients] == [b""] * 10
    assert settled(program, lambda: None, before) == before


def test_the_census_counts(run):
    program = run(log_level="CRITICAL")
    before = census(program)
    clients = [program.send("/wait") for _ in range(5)]
    until(lambda: program.text("/count?waits") == "5")
    now = census(program)
    for client in clients:
        client.close()
    program.process.kill()
    program.wait()
    for kind in ("Request", "coroutine", "tasks", "descriptors"):
        assert now[kind] >= before[kind] + 5, kind


def test_a_hundred_thousand_requests_leave_the_memory_where_it_was(run):
    program = run(log_level="CRITICAL")

    def requests(count):
        for path, rest, share in [("/hello", PLAIN, 7), ("/task", BODY, 2), ("/pieces", PLAIN, 1)]:
            exchange(program, path, rest, count * share // 10)

    requests(20_000)
    before = memory(program)
    requests(100_000)
    assert memory(program) - before < 4 << 20


@pytest.mark.parametrize("path", ["/flood", "/flood-waiting", "/flood-thread"])
def test_a_slow_reader_suspends_who_makes_pieces(run, path):
    program = run(log_level="CRITICAL")
    client = program.send(path)
    assert client.recv(10) == b"HTTP/1.1 2"
    counts = []
    # The number does not change any more: twenty requests in a row get the same one.
    until(lambda: counts.append(program.text("/count?piece")) or counts[-20:] == counts[-1:] * 20)
    suspended = int(counts[-1])
    assert 0 < suspended < BOUND
    # A client that reads gets more.
    left = 64 << 20
    while left > 0:
        left -= len(client.recv(1 << 20))
    until(lambda: int(program.text("/count?piece")) >= suspended + 500)
    client.close()
    until(lambda: program.text("/count?closed") == "1")


def test_a_gibibyte_goes_out_in_constant_memory(run):
    program = run()
    before = memory(program)
    count = GIBIBYTE // 65536
    client = program.send(f"/give?{count}", "Connection: close\r\n\r\n")
    room = bytearray(1 << 20)
    total = highest = 0
    with client:
        while size := client.recv_into(room):
            total += size
            if total >> 28 > highest >> 28:
                assert memory(program) - before < 16 << 20
                highest = total
    assert GIBIBYTE < total < GIBIBYTE + (count + 1) * 16


def test_a_gibibyte_comes_in_in_constant_memory(run):
    program = run(client_max_body_size=GIBIBYTE)
    before = memory(program)
    fields = f"Content-Length: {GIBIBYTE}\r\nConnection: close\r\n\r\n"
    client = program.send("/take", fields)
    piece = bytes(1 << 20)
    for number in range(GIBIBYTE >> 20):
        client.sendall(piece)
        if number % 256 == 0:
            assert memory(program) - before < 16 << 20
    assert rest_of(client).endswith(str(GIBIBYTE).encode())


GIBIBYTE = 1 << 30
