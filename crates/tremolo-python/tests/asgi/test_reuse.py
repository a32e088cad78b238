"""The server uses objects of one request for the next one only if the application cannot notice."""

import ast

import pytest
from conftest import LOOPS, until
from serving import Asgi, body_of, get


@pytest.fixture(params=LOOPS)
def server(request):
    program = Asgi(request.param, "reuse.py")
    yield program
    log = program.ends()
    assert "Traceback" not in log, log


class Client:
    """One connection that stays."""

    def __init__(self, server):
        self.socket = server.connect()
        self.reader = self.socket.makefile("rb")

    def get(self, *arguments, **words):
        self.send(*arguments, **words)
        return self.answer()

    def send(self, target, fields="", method="GET"):
        request = f"{method} {target} HTTP/1.1\r\nHost: x\r\n{fields}\r\n"
        self.socket.sendall(request.encode())

    def answer(self):
        assert self.reader.readline().startswith(b"HTTP/1.1 20")
        length = 0
        while (line := self.reader.readline()) != b"\r\n":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return self.reader.read(length)

    def value(self, *arguments, **words):
        return ast.literal_eval(self.get(*arguments, **words).decode())

    def close(self):
        self.reader.close()
        self.socket.close()


@pytest.fixture
def client(server):
    client = Client(server)
    yield client
    client.close()


def test_changes_of_a_scope_are_not_seen_by_the_same_request_later(client):
    for _ in range(5):
        assert client.value("/changes-scope") == (1, None, {}, "GET")


def test_another_request_of_the_connection_has_its_own_scope(client):
    host = (b"host", b"x")
    for _ in range(3):
        assert client.value("/shows-scope?a") == ("GET", b"a", [host])
    assert client.value("/shows-scope?b") == ("GET", b"b", [host])
    assert client.value("/shows-scope?b", "X-A: 1\r\n") == ("GET", b"b", [host, (b"x-a", b"1")])
    assert client.value("/shows-scope?b", "X-A: 2\r\n") == ("GET", b"b", [host, (b"x-a", b"2")])
    for _ in range(3):
        assert client.value("/shows-scope?b", method="PUT") == ("PUT", b"b", [host])
    for number in range(3):
        for _ in range(3):
            fields = f"Cookie: {number}\r\n"
            cookie = (b"cookie", b"%d" % number)
            assert client.value("/shows-scope", fields) == ("GET", b"", [cookie, host])


def test_a_kept_send_stays_that_of_its_request(client):
    assert [client.value("/keeps-send") for _ in range(3)] == [1, 2, 3]
    assert client.value("/uses-kept") == ["http.disconnect"] * 3
    assert client.value("/shows-scope")[0] == "GET"


def test_weak_references_end_with_their_request(client):
    assert [client.value("/refers-weakly") for _ in range(4)] == [0, 0, 0, 0]


def test_an_application_that_waits_keeps_its_channel(server, client):
    others = [Client(server) for _ in range(2)]
    for number, other in enumerate(others):
        other.send(f"/waits?{number}")
    until(lambda: client.value("/waiting") == [b"0", b"1"])
    for _ in range(3):
        assert client.value("/shows-scope")[0] == "GET"
    assert client.value("/releases") is None
    for number, other in enumerate(others):
        assert ast.literal_eval(other.answer().decode()) == b"%d" % number
        other.close()


def test_messages_may_have_any_names_and_iterators(server):
    answer = server.exchange(get("/types"))
    head, _, _ = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201")
    assert b"\r\nx-a: 1\r\nx-b: 2\r\n" in head
    assert body_of(answer) == b"ab"
