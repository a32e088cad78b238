"""The sentences of the ASGI specification about WebSockets, one test each."""

import ast
import json

import pytest
from conftest import reset, until
from frames import Client
from other_servers import IS_OWN, choice
from serving import Asgi, server_of

server = server_of("sockets.py")


def opened(server, path, fields=""):
    client = Client(server.address, path, fields)
    assert code_of(client) == 101, client.status
    return client


def code_of(client):
    """The status code. Servers need not send a reason."""
    return int(client.status.split()[1])


def test_a_websocket_has_a_scope(server):
    client = opened(server, "/scope", "Sec-WebSocket-Protocol: a, b\r\n")
    scope = ast.literal_eval(client.message())
    assert scope.pop("client")[0] == "127.0.0.1"
    assert scope.pop("headers")[-1] == (b"sec-websocket-protocol", b"a, b")
    assert scope.pop("asgi")["version"] == "3.0"
    assert scope.pop("state", {}) == {}
    extensions = scope.pop("extensions", {})
    assert not IS_OWN or extensions == {"websocket.http.response": {}}
    assert scope == {
        "type": "websocket",
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/scope",
        "raw_path": b"/scope",
        "query_string": b"",
        "root_path": "",
        "server": server.address,
        "subprotocols": ["a", "b"],
    }
    assert not IS_OWN or client.closed() == (1000, "")


def test_messages_are_text_and_bytes(server):
    client = opened(server, "/echo")
    for message in ("text", "", "\u00e9\U0001f600", b"bytes", b"", b"\xff" * 70_000):
        client.send(message)
        assert client.message() == message
    # Version 2.5 has the reason; the others are of older ones.
    reason = "d\u00e9part" if IS_OWN else ""
    client.close(4002, reason)
    server.seen(["websocket.disconnect", 4002, reason])


def test_fragments_are_joined(server):
    client = opened(server, "/echo")
    client.send("one ", fin=0)
    client.send(b"two", opcode=0)
    assert client.message() == "one two"
    client.close()
    server.seen(["websocket.disconnect", 1000, ""])


@pytest.mark.parametrize(("payload", "code"), [(b"", 1005), (b"\x03\xe9", 1001)])
def test_the_code_of_the_client_is_reported(server, payload, code):
    client = opened(server, "/echo")
    client.send(payload, opcode=8)
    client.frame()
    server.seen(["websocket.disconnect", code, ""])


def test_a_connection_that_is_lost_has_a_code(server):
    client = opened(server, "/echo")
    reset(client.socket)
    server.seen(["websocket.disconnect", 1006, ""])


def test_a_fault_of_the_client_has_a_code(server):
    client = opened(server, "/echo")
    client.send(b"\xff", opcode=1)
    assert client.closed()[0] == 1007
    server.seen(["websocket.disconnect", 1007, ""])


def test_a_subprotocol_and_headers_are_accepted(server):
    client = opened(server, "/accept", "Sec-WebSocket-Protocol: a, b\r\n")
    fields = [field.lower() for field in client.fields]
    assert "sec-websocket-protocol: b" in fields
    assert [field for field in fields if field.startswith("x-")] == ["x-one: 1", "x-one: 2"]


def test_the_connect_event_need_not_be_read_first(server):
    client = opened(server, "/unread")
    assert client.message() == "open"
    client.close()


def test_a_close_before_the_handshake_is_a_403(server):
    assert code_of(Client(server.address, "/deny")) == 403
    if IS_OWN:
        server.seen(["websocket.disconnect", 1006])


def test_a_denial_is_a_response(server):
    offered = ast.literal_eval(opened(server, "/scope").message()).get("extensions", {})
    if "websocket.http.response" not in offered:
        pytest.skip("does not offer websocket.http.response")
    client = Client(server.address, "/denial")
    assert code_of(client) == 401
    assert "x-reason: no" in client.fields
    assert not IS_OWN or client.take(16) == b"4\r\nnot \r\n4\r\nhere"


def test_a_close_has_a_code_and_a_reason(server):
    client = opened(server, "/close")
    assert client.closed() == (4001, "enough")
    if IS_OWN:
        server.seen(["websocket.disconnect", 4001])


@pytest.mark.parametrize("path", ["/default", "/return"] if IS_OWN else ["/default"])
def test_the_code_of_a_close_is_1000_by_default(server, path):
    assert opened(server, path).closed() == (1000, "")


@choice
def test_an_application_without_an_answer_is_an_error(server):
    assert Client(server.address, "/raise").status == "HTTP/1.1 500 Internal Server Error"


@choice
def test_an_application_that_fails_closes_with_a_code(server):
    assert opened(server, "/fail").closed()[0] == 1011


def test_sending_to_a_client_that_has_gone_is_an_error(server):
    client = opened(server, "/gone")
    assert client.message() == "more"
    reset(client.socket)
    server.seen("OSError")


def test_a_client_that_goes_before_the_handshake_is_reported(server):
    with server.connect() as client:
        client.sendall(
            b"GET /waits HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        server.seen("waits")
    server.seen(["websocket.disconnect", 1006])


@choice
def test_messages_in_the_wrong_order_are_errors(server):
    client = opened(server, "/order")
    assert client.message() == b"fine"
    server.seen(
        "unexpected ASGI message websocket.send before websocket.accept",
        "unexpected ASGI message http.response.start before websocket.accept",
        *["RuntimeError", "ValueError", "ValueError", "TypeError", "ValueError"],
    )


def test_a_client_that_reads_slowly_is_waited_for(server):
    client = opened(server, "/slow")
    client.take(1)
    counts = [None]

    def stands_still():
        counts.append(json.loads(server.text("/")))
        return counts[-1] == [] != counts[-2] or counts[-1] == counts[-2]

    until(stands_still)
    reset(client.socket)
    until(lambda: not IS_OWN or json.loads(server.text("/")) == ["over"])


@choice
def test_a_server_that_stops_closes_with_a_code():
    program = Asgi("asyncio", "sockets.py")
    client = opened(program, "/tells")
    program.process.terminate()
    assert client.closed() == (1001, "")
    client.send((1001).to_bytes(2), opcode=8)
    output, log = program.process.communicate(timeout=20)
    assert (program.process.returncode, output) == (0, "websocket.disconnect 1001\n"), log


@choice
def test_an_invalid_handshake_is_refused(server):
    answer = server.exchange(
        b"GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 12\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 426 Upgrade Required")
    assert b"sec-websocket-version: 13" in answer.lower()
