"""Clients that go, clients that do not read, and what is left of them."""

import socket
import struct

from conftest import rest_of, until


def request(client, path, rest="\r\n"):
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{rest}".encode())


def reset(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def test_a_handler_is_cancelled_after_its_client_has_gone(start):
    program = start()
    client = program.connect()
    request(client, "/forever")
    assert client.recv(1 << 16).startswith(b"HTTP/1.1 200")
    reset(client)
    events = []
    until(lambda: events.append(program.text("/events")) or "cleaned" in events[-1])
    assert ",".join(filter(None, events)) == "started,cleaned"


def test_who_waits_for_a_body_learns_that_it_will_not_come(start):
    program = start()
    client = program.connect()
    request(client, "/wait-body", "Content-Length: 10\r\n\r\n12345")
    events = []
    until(lambda: events.append(program.text("/events")) or "waiting" in events[-1])
    reset(client)
    until(lambda: events.append(program.text("/events")) or "gone" in events[-1])


def test_a_slow_reader_suspends_who_writes(start):
    program = start()
    for path, end in [("/flood", "gone"), ("/flood-yield", "closed")]:
        client = program.connect()
        request(client, path)
        client.recv(1)
        counts = [int(program.text("/count-events")) for _ in range(50)]
        assert 0 < counts[-1] < 400
        assert counts[-1] == counts[-10]
        reset(client)
        until(lambda end=end: program.text("/events").endswith(end))


def test_a_handler_that_takes_too_long_is_cancelled(start):
    program = start("0.1")
    response = program.get("/timeout-none-such")
    assert response.status == 404
    with program.connect() as client:
        request(client, "/forever")
        seen = b""
        while data := client.recv(1 << 16):
            seen += data
    assert seen.endswith(b"4\r\nhead\r\n")
    assert "cleaned" in program.text("/events")


def test_a_stream_that_takes_too_long_is_cut(start):
    program = start("0.1")
    client = program.connect()
    request(client, "/flood-yield")
    seen = rest_of(client)
    assert seen.startswith(b"HTTP/1.1 200")
    assert not seen.endswith(b"0\r\n\r\n")
    assert program.text("/events").endswith("closed")


def test_a_left_open_connection_closes_with_its_last_handle(start):
    program = start()
    with program.connect() as client:
        request(client, "/left")
        assert client.recv(100) == b""


def test_nothing_is_left_behind(start):
    program = start()
    clean = program.text("/objects")
    for _ in range(20):
        for path in ("/hello", "/task", "/yield-wait", "/sync", "/raise?key", "/echo", "/args"):
            program.get(path, method="POST", body=b"x" * 100)
        client = program.connect()
        request(client, "/flood")
        client.recv(1)
        reset(client)
    until(lambda: program.text("/objects") == clean)


def test_a_graceful_stop_finishes_what_is_in_work(start):
    program = start()
    with program.connect() as client:
        request(client, "/slow")
        until(lambda: program.text("/hello"))
        program.process.terminate()
        seen = b""
        while data := client.recv(1 << 16):
            seen += data
    assert seen.endswith(b"slow")
    code, log = program.wait()
    assert code == 0, log
