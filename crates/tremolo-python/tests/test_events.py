"""Server-sent events, as far as only Python has it; the rest is tested by the behaviour suite, with
`examples/events.py`."""

import socket

import pytest
from conftest import LOOPS, Program, reset, until


class Events(Program):
    script = "event_streams.py"

    def stream(self, path, end):
        """A client that has received a part of a stream, up to `end`."""
        client = self.connect()
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = b""
        while not received.endswith(end):
            byte = client.recv(1)
            assert byte, received
            received += byte
        return client


@pytest.fixture(scope="module", params=LOOPS)
def events(request):
    program = Events(request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "never" not in log, log
    assert "Traceback" not in log, log


def without_comments(text):
    return text.replace(":\n\n", "")


def test_events_of_all_kinds(events):
    response = events.get("/kinds")
    assert response.getheader("Content-Type") == "text/event-stream"
    assert (response.getheader("Cache-Control"), response.getheader("X-Own")) == ("no-cache", "1")
    assert without_comments(response.data.decode()) == (
        "data: two\ndata: lines\n\n"
        "data: bytes\nevent: status\nid: 7\nretry: 3000\n\n"
        "data: \nevent: named\nid: \u00e9\n\n"
        "id: \n\n"
        ": nothing\n: here\n\n"
    )


def test_a_plain_handler_sends_from_its_thread(events):
    text = without_comments(events.text("/plain"))
    assert text == "".join(f"data: {n}\nid: {n}\n\n" for n in range(3))


def test_a_generator_makes_its_own_events(events):
    response = events.get("/generator")
    assert response.getheader("Content-Type") == "text/event-stream"
    assert response.data == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"


def test_the_object_has_its_request_and_the_last_id(events):
    assert "((True, True), None)" in events.text("/members")
    text = events.text("/members", headers={"Last-Event-ID": "\u00e9".encode()})
    assert "((True, True), '\u00e9')" in text


def test_a_request_with_a_body_has_no_stream(events):
    assert events.text("/body", method="POST", body=b"x") == "None bytearray(b'x')"
    assert "SSE" in events.text("/body")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("event", "InternalServerError: invalid type or id of an event"),
        ("id", "InternalServerError: invalid type or id of an event"),
        ("type", "TypeError: argument 'event_id': str or bytes, not <class 'int'>"),
        ("retry", "OverflowError: "),
        ("data", "TypeError: "),
    ],
)
def test_what_cannot_be_sent_is_an_error_of_the_await(events, kind, error):
    assert events.text(f"/refused?{kind}").startswith(error)


def test_a_handler_can_answer_in_another_way(events):
    assert events.get("/none").status == 404
    assert events.text("/late") == "text, headers already sent"
    # A browser does not connect again.
    assert events.get("/stay").status == 204


@pytest.mark.parametrize("leave", [reset, lambda client: client.close()])
def test_a_handler_is_cancelled_when_its_client_has_gone(events, leave):
    leave(events.stream("/waits", b"data: first\n\n\r\n"))
    taken = []
    until(lambda: taken.append(events.text("/seen")) or "gone" in taken[-1])
    assert ",".join(filter(None, taken)) == "cancelled,gone"


def test_a_slow_client_holds_the_sender_back_until_it_goes(events):
    client = events.stream("/floods", b"\r\n\r\n")
    reset(client)
    until(lambda: events.text("/seen") == "over")


def test_a_client_that_takes_nothing_is_found_by_the_system(events):
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        client.connect(events.address)
        client.sendall(b"GET /takes-none HTTP/1.1\r\nHost: x\r\n\r\n")
        taken = []
        until(lambda: taken.append(events.text("/seen")) or "cancelled" in taken[-1])
    assert ",".join(filter(None, taken)) == "sent,cancelled"


def test_a_silent_stream_has_heartbeats_and_outlives_the_time_of_a_handler(events):
    client = events.stream("/silent", b"\r\n\r\n")
    beat = b"3\r\n:\n\n\r\n"
    received = b""
    while received.count(beat) < 30:
        received += client.recv(1 << 16)
    client.close()


@pytest.mark.parametrize("loop", LOOPS)
def test_a_handler_is_cancelled_when_the_server_stops(loop):
    program = Events(loop)
    client = program.stream("/waits", b"data: first\n\n\r\n")
    program.process.terminate()
    assert client.recv(5) == b"0\r\n\r\n"
    client.close()
    # The handler waits for something else, which does not happen.
    code, log = program.wait()
    assert code == 0, log
