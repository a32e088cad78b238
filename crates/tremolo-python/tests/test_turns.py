"""No client, and no handler that sends without waiting, holds the loop."""

import threading

import pytest
from conftest import reset, until


def head_of(program, method, path):
    client = program.connect()
    client.sendall(f"{method} /endless/{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = client.recv(1)
        assert piece, head
        head += piece
    return client, head


def is_closed(program):
    return "closed" in program.text("/events")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("HEAD", "pulled"),
        ("HEAD", "task"),
        ("HEAD", "thread"),
        ("HEAD", "returned"),
        ("GET", "no-content"),
        ("HEAD", "no-content"),
    ],
)
def test_a_generator_of_which_nothing_is_sent_is_closed_after_the_head(server, method, path):
    """RFC 9110 sections 9.3.2 and 15.3.5."""
    client, head = head_of(server, method, path)
    with client:
        assert head.startswith(b"HTTP/1.1 20"), head
        until(lambda: is_closed(server))
        # The response is complete, and the connection stays.
        client.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(1 << 16).endswith(b"\r\n\r\nHello World!")


@pytest.mark.parametrize("path", ["pulled", "task", "returned", "written"])
def test_a_fast_reader_of_an_endless_body_does_not_hold_up_others(server, path):
    client, _ = head_of(server, "GET", path)
    stop = threading.Event()

    def read():
        while not stop.is_set():
            client.recv(1 << 20)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(20):
            assert server.text("/hello") == "Hello World!"
    finally:
        stop.set()
        reader.join()
    reset(client)
    until(lambda: is_closed(server))


@pytest.mark.parametrize("path", ["nothing", "nothing-task", "written", "failing"])
def test_what_sends_nothing_does_not_hold_up_others_and_is_ended_by_its_clock(start, path):
    program = start("0.5")
    client = program.connect()
    client.sendall(f"HEAD /endless/{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert program.text("/hello") == "Hello World!"
    until(lambda: is_closed(program))
    client.close()


def test_writes_that_fail_do_not_hold_up_others(server):
    client, _ = head_of(server, "GET", "failing")
    assert server.text("/hello") == "Hello World!"
    reset(client)
    assert server.text("/hello") == "Hello World!"
    # Its client has gone: it has `app_close_timeout` for its end.
    until(lambda: is_closed(server))


def test_pipelines_that_are_not_read_do_not_hold_up_others(server):
    requests = b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n" * 2_000
    clients = [server.connect() for _ in range(10)]
    senders = [threading.Thread(target=client.sendall, args=(requests,)) for client in clients]
    for sender in senders:
        sender.start()
    assert server.text("/hello") == "Hello World!"
    for client, sender in zip(clients, senders, strict=True):
        count, rest = 0, b""
        while count < 2_000:
            rest += client.recv(1 << 16)
            count += rest.count(b"Hello World!")
            rest = rest[rest.rfind(b"Hello World!") + 12 :] if b"Hello World!" in rest else rest
        sender.join()
        client.close()
