"""WebSockets, as far as only Python has it; the protocol is tested by the behaviour suite, with
`examples/websocket_echo.py`."""

import json

import pytest
from conftest import LOOPS, Program, reset, until
from frames import BINARY, CLOSE, PING, PONG, TEXT, Client
from tremolo.lib.websocket import WebSocket


class Sockets(Program):
    script = "sockets.py"

    def open(self, path, fields=""):
        client = Client(self.address, path, fields)
        assert client.status == "HTTP/1.1 101 Switching Protocols", client.status
        return client

    def seen(self, expected):
        """Waits for what handlers have seen."""
        taken = []

        def so_far():
            taken.extend(filter(None, [self.text("/seen")]))
            return ",".join(taken)

        until(lambda: len(so_far()) >= len(expected))
        assert ",".join(taken) == expected


@pytest.fixture(scope="module", params=LOOPS)
def server(request):
    program = Sockets(request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "never" not in log, log
    # Each error of a handler is one that a test expects; the others are none of the server's.
    assert log.count("Traceback") == log.count("ValueError: expected in the log"), log


def test_messages_are_text_and_bytes(server):
    client = server.open("/echo")
    long = ("a" * 5_000, "a" * 70_000, "\u00e9" * 5_000, "a" * 5_000 + "\U0001f600")
    for message in ("text", "", "\u00e9\U0001f600", b"bytes", b"", b"\xff" * 70_000, *long):
        client.send(message)
        assert client.message() == message
    assert client.close(4002, "d\u00e9part") == (4002, "")
    server.seen("4002 d\u00e9part")


def test_a_request_that_asks_for_none_has_none(server):
    assert server.text("/echo") == "plain"
    assert server.text("/every") == "NoneType"
    assert Client(server.address, "/every").status == "HTTP/1.1 200 OK"
    assert server.text("/without-default") == "None"
    response = server.get("/made")
    assert (response.status, response.getheader("Upgrade")) == (426, "websocket")


def test_an_invalid_handshake_is_answered_before_the_handler(server):
    client = Client(server.address, "/echo", "Sec-WebSocket-Key: second\r\n")
    assert client.status == "HTTP/1.1 400 Bad Request"


def test_a_plain_handler_blocks(server):
    client = server.open("/thread")
    assert "X-Path: /thread" in client.fields
    for message in ("first", "second", b"third"):
        client.send(message)
    assert (client.message(), client.message()) == ("second", b"third")
    client.close(1001)
    server.seen("thread 1001")


def test_the_handshake_has_fields_and_a_subprotocol(server):
    client = server.open("/members", "Sec-WebSocket-Protocol: b, a\r\n")
    assert {"X-Set: 1", "X-Added: 2", "X-Added: 3"} < set(client.fields)
    assert "Sec-WebSocket-Protocol: a" in client.fields
    assert client.message() == repr(((True, True), (("b", "a"), None, None), "a", True))
    assert client.closed() == (1000, "")


def test_what_cannot_be_accepted_is_an_error_and_changes_nothing(server):
    client = server.open("/accepts")
    assert client.message() == "InternalServerError: headers already sent"
    server.seen("ValueError,InternalServerError,TypeError")


def test_a_handler_can_refuse_with_an_ordinary_response(server):
    assert Client(server.address, "/refuses").status == "HTTP/1.1 403 Forbidden"
    client = Client(server.address, "/answers")
    assert client.status == "HTTP/1.1 403 Forbidden"
    assert client.take(9) == b"no socket"


def test_frames_of_all_kinds(server):
    client = server.open("/kinds")
    expected = [
        (1, TEXT, b"t"),
        (1, BINARY, b"b"),
        (1, BINARY, b"a"),
        (1, BINARY, b"m"),
        (1, TEXT, b""),
        (1, TEXT, b"text"),
        (1, BINARY, b"bytes"),
        (0, TEXT, b"one"),
        (1, PING, b"between"),
        (0, 0, b"two"),
        (1, 0, b"three"),
        (1, PONG, b"late"),
        (1, PING, b""),
        (1, CLOSE, b"\x0f\xa0why"),
    ]
    assert [client.frame() for _ in expected] == expected


def test_what_cannot_be_sent_is_an_error_of_the_await(server):
    client = server.open("/wrong")
    assert [client.frame()[2], client.frame()[2]] == [b"open", b""]
    assert client.message().splitlines() == [
        "TypeError: a message is str or bytes-like, not <class 'int'>",
        "TypeError: a message is str or bytes-like, not <class 'tuple'>",
        "ValueError: opcode: 3 is reserved",
        "RuntimeError: no message in fragments is being sent",
        "ValueError: a control frame has no fragments",
        "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid utf-8",
        "ValueError: more than 125 bytes in a control frame",
        *["ValueError: a close code that may not be sent"] * 3,
        "ValueError: more than 123 bytes in the reason of a close frame",
        *["RuntimeError: a message in fragments is not complete"] * 2,
    ]
    assert client.closed() == (1000, "")


def test_fragments_are_received_one_by_one_or_joined(server):
    client = server.open("/fragments")
    client.send("a\u00e9", fin=0)
    client.send(b"p", opcode=PING)
    assert client.frame() == (1, PONG, b"p")
    client.send(b"b", opcode=0)
    client.send(b"c")
    for number, fin in ((TEXT, 0), (0, 0), (0, 1)):
        client.send(b"d", fin=fin, opcode=number)
    assert client.message() == repr(([b"a\xc3\xa9", b"b", b"c"], "ddd"))


def test_close_waits_for_the_client_and_is_done_once(server):
    client = server.open("/closes")
    assert client.closed() == (4000, "d\u00e9part")
    client.send("dropped")
    client.send((4000).to_bytes(2) + b"bye", opcode=CLOSE)
    client.is_cut()
    server.seen("4000 bye,connection closed (4000): bye,connection closed (4000): bye")


def test_close_waits_no_longer_than_it_shall(server):
    client = server.open("/closes-soon")
    assert client.closed() == (1000, "")
    server.seen("1000,closed by the server (1000)")
    client.send((1000).to_bytes(2), opcode=CLOSE)
    client.is_cut()


def test_a_wait_that_is_over_leaves_the_socket_usable(server):
    client = server.open("/waits")
    assert client.message() == "1000 receive timeout"
    assert client.message() == "TimeoutError()"
    client.send("one")
    assert client.message() == "one"
    assert client.message() == "cancelled"
    client.send("two")
    assert client.message() == "two"
    # The exception of `receive(timeout)` closes with its code.
    assert client.closed() == (1000, "")


@pytest.mark.parametrize(
    ("kind", "code"),
    [("server", 4001), ("number", 1011), ("client", 0), ("http", 1011), ("other", 1011)],
)
def test_an_exception_has_a_close_code(server, kind, code):
    assert server.open(f"/raises?{kind}").closed() == (code, "")


@pytest.mark.parametrize(("code", "expected"), [(0, 1011), (1008, 1008)])
def test_handle_exception_closes(server, code, expected):
    assert server.open(f"/handles?{code}").closed() == (expected, "")


def test_a_handler_that_returns_closes_with_1000(server):
    assert server.open("/returns").closed() == (1000, "")


def test_a_socket_can_be_made_from_request_and_response(server):
    client = server.open("/made")
    client.send("made")
    assert client.message() == "made"


def test_a_view_has_a_socket(server):
    client = server.open("/view")
    client.send("x")
    assert client.message() == "View x"


def test_a_mounted_application_has_sockets(server):
    client = server.open("/below/rooms/kitchen")
    assert "X-Below: 1" in client.fields
    client.send(b"x")
    assert client.message() == b"kitchen x"
    assert client.close() == (1000, "")


def test_only_one_task_receives(server):
    client = server.open("/two-readers")
    assert client.message() == "another task receives already"
    client.send("for the first")
    assert client.message() == "for the first"
    assert client.closed() == (1000, "")
    server.seen("closed by the server (1000)")
    client.send((1000).to_bytes(2), opcode=CLOSE)
    client.is_cut()


def test_a_violation_is_an_exception_of_the_server(server):
    client = server.open("/violations")
    client.socket.sendall(WebSocket.create_frame("unmasked"))
    assert client.closed() == (1002, "")
    server.seen("1002 frame without a mask 1002")


@pytest.mark.parametrize("leave", [reset, lambda socket: socket.close()])
def test_a_client_that_goes_without_a_close_frame_is_1006(server, leave):
    client = server.open("/gone")
    leave(client.socket)
    server.seen("1006 1006")
    client = server.open("/echo")
    client.send("x")
    client.message()
    leave(client.socket)
    server.seen("1006 ")


def test_a_client_that_reads_nothing_holds_the_sender_back_until_it_goes(server):
    client = server.open("/floods")
    client.take(1 << 20)
    reset(client.socket)
    server.seen("1006")


def test_a_handler_that_does_not_notice_is_cancelled(server):
    client = server.open("/busy")
    reset(client.socket)
    server.seen("cancelled")
    # After a closing handshake it may finish what it does, for a time.
    server.open("/busy").close()
    server.seen("cancelled")


def test_no_handler_timeout_ends_it(server):
    assert server.open("/long").message() == "still open"


def test_after_the_end_each_operation_raises_and_none_hangs(server):
    client = server.open("/keep")
    assert client.close() == (1000, "")
    assert server.text("/over") == "WebSocketClientClosed," * 3 + "None,[]"


def test_a_socket_is_usable_when_its_owner_is_released(server):
    client = server.open("/released")
    assert client.message() == "from __del__"
    server.seen("StopIteration")


def test_a_loop_in_another_thread_is_an_error_or_sends(server):
    client = server.open("/other-thread")
    assert client.message() == "from a thread"
    assert client.message() == "['RuntimeError']"


def test_a_server_that_stops_ends_the_iteration():
    program = Sockets("asyncio")
    client = program.open("/echo")
    client.send("x")
    assert client.message() == "x"
    program.process.terminate()
    assert client.closed() == (1001, "")
    client.send((1001).to_bytes(2), opcode=CLOSE)
    code, log = program.wait()
    assert (code, "Traceback" in log) == (0, False), log


def test_the_options_of_websockets_have_an_effect():
    options = {"ws_allowed_origins": "http://good", "ws_max_payload_size": 5}
    program = Sockets("asyncio", json.dumps({**options, "ws_ping_interval": 0.01}))
    refused = Client(program.address, "/echo", "Origin: http://bad\r\n")
    assert refused.status == "HTTP/1.1 403 Forbidden"
    client = program.open("/echo", "Origin: http://good\r\n")
    assert client.frame() == (1, PING, b"")
    client.send("longer")
    while (frame := client.frame())[1] == PING:
        pass
    assert frame == (1, CLOSE, (1009).to_bytes(2))
    assert program.stop()[0] == 0
    program = Sockets("asyncio", json.dumps({"ws": False}))
    assert Client(program.address, "/echo").status == "HTTP/1.1 200 OK"
    assert program.stop()[0] == 0


def test_frames_of_clients_are_masked():
    short = WebSocket.create_frame("abc", mask=True)
    assert (short[:2], len(short)) == (b"\x81\x83", 9)
    key = short[2:6]
    assert bytes(a ^ b for a, b in zip(short[6:], key, strict=False)) == b"abc"
    assert WebSocket.create_frame(b"\x03\xe8", opcode=8) == b"\x88\x02\x03\xe8"
    assert WebSocket.create_frame("x", fin=0)[:1] == b"\x01"
    assert WebSocket.create_frame(b"x" * 126)[:4] == b"\x82\x7e\x00\x7e"
    assert WebSocket.create_frame(b"x" * 65_536)[:10] == b"\x82\x7f" + (65_536).to_bytes(8)
    for payload, fin, opcode in [(b"", 1, 3), (b"", 0, PING), (b"x" * 126, 1, CLOSE)]:
        with pytest.raises(ValueError, match=r"opcode|control frame"):
            WebSocket.create_frame(payload, fin, opcode)
