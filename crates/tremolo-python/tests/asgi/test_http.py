"""The sentences of the ASGI specification about HTTP, one test each."""

import ast
import json
import socket

import pytest
from conftest import reset, until
from other_servers import IS_OWN, choice, offers
from serving import body_of, get, server_of

server = server_of("app.py")


def scope_of(server, target="/scope", fields=""):
    answer = server.exchange(get(target, fields))
    return ast.literal_eval(body_of(answer).decode())


def test_a_request_has_a_scope(server):
    scope = scope_of(server)
    client = scope.pop("client")
    assert (client[0], type(client[1])) == ("127.0.0.1", int)
    extensions = scope.pop("extensions", {})
    if IS_OWN:
        assert extensions.keys() == {
            "http.response.early_hint",
            "http.response.pathsend",
            "http.response.trailers",
        }
    version = scope.pop("asgi")
    assert version["version"] == "3.0"
    assert version["spec_version"] in (("2.5",) if IS_OWN else ("2.1", "2.2", "2.3", "2.4", "2.5"))
    assert scope == {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/scope",
        "raw_path": b"/scope",
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"x"), (b"connection", b"close")],
        "server": server.address,
        "state": {"started": [1]},
    }


def test_the_path_is_decoded_and_the_raw_path_is_not(server):
    scope = scope_of(server, "/scope/caf%C3%A9/%2F/%ff/+?a=%20&b=c?d")
    assert scope["path"] == "/scope/caf\u00e9///\ufffd/+"
    assert scope["raw_path"] == b"/scope/caf%C3%A9/%2F/%ff/+"
    assert scope["query_string"] == b"a=%20&b=c?d"


def test_dots_and_slashes_in_the_path_stay(server):
    for path in ("/scope/../scope", "/scope//", "/scope/%2e%2e/x"):
        assert scope_of(server, path)["raw_path"] == path.encode()


def test_headers_are_in_lower_case_and_in_the_order_of_the_request(server):
    headers = scope_of(server, fields="X-B: 1\r\nx-a: \xff 2 \r\nX-b: 3\r\n")["headers"]
    assert headers[2:] == [(b"x-b", b"1"), (b"x-a", "\xff 2".encode()), (b"x-b", b"3")]


def test_old_clients_have_their_version(server):
    answer = server.exchange(b"GET /scope HTTP/1.0\r\n\r\n")
    assert ast.literal_eval(body_of(answer).decode())["http_version"] == "1.0"


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND", "PUT"])
def test_the_application_decides_about_methods(server, method):
    scope = ast.literal_eval(server.text("/scope", method=method))
    assert scope["method"] == method


@choice
def test_a_trusted_proxy_names_client_and_scheme(server):
    fields = "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
    scope = scope_of(server, fields=fields)
    assert (scope["client"], scope["scheme"]) == (("203.0.113.7", 0), "https")


def test_each_request_has_a_copy_of_the_state(server):
    first = ast.literal_eval(server.text("/changed"))
    assert first["own"] == 1
    # The copy is a shallow one.
    assert ast.literal_eval(server.text("/changed")) == {**first, "started": [*first["started"], 2]}
    del first["started"][1:]


def test_a_request_without_a_body_has_one_event(server):
    event = {"type": "http.request", "body": b"", "more_body": False}
    assert ast.literal_eval(server.text("/nobody")) == event
    server.seen("http.disconnect")


@pytest.mark.parametrize("size", [1, 100, 100_000, 1_500_000])
def test_a_body_arrives_whole(server, size):
    body = bytes(range(256)) * (size // 256 + 1)
    assert server.get("/echo", "POST", body[:size]).data == body[:size]
    chunks = [body[:size][at : at + 5000] for at in range(0, size, 5000)]
    assert server.get("/echo", "POST", iter(chunks)).data == body[:size]


def test_the_pieces_of_a_body_arrive_while_it_is_sent(server):
    with server.connect() as client:
        head = "POST /pieces HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"
        client.sendall(head.encode())
        answer = b""
        for piece, end in [(b"a", b"\r\n"), (b"b", b"\r\n"), (b"cd", b"\r\n0\r\n\r\n")]:
            client.sendall(piece)
            while not answer.endswith(piece + end):
                answer += client.recv(1000)
    server.seen("http.disconnect")


def test_a_client_that_waits_gets_a_continue(server):
    with server.connect() as client:
        fields = "Expect: 100-continue\r\nContent-Length: 2\r\n"
        client.sendall(get("/echo", fields).replace(b"GET", b"POST"))
        assert client.recv(1000).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"hi")
        answer = b""
        while data := client.recv(1000):
            answer += data
        assert body_of(answer) == b"hi"


def test_headers_are_sent_in_their_order(server):
    answer = server.exchange(get("/headers"))
    assert b"\r\nx-one: 1\r\nx-two: 2\r\nx-one: 3\r\n" in answer


def test_missing_keys_have_defaults(server):
    answer = server.exchange(get("/defaults"))
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert body_of(answer) == b""
    assert b"content-type" not in answer.lower()
    assert not IS_OWN or b"content-length: 0" in answer.lower()


def test_a_head_that_was_not_flushed_is_replaced_by_an_error(server):
    assert server.get("/unflushed").status == 500


@choice
def test_a_transfer_encoding_of_the_application_is_ignored(server):
    answer = server.exchange(get("/encoding"))
    assert answer.endswith(b"\r\n\r\nplain")
    assert b"transfer-encoding" not in answer.lower()


def test_a_body_without_a_length_is_chunked(server):
    answer = server.exchange(get("/stream"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head.lower()
    assert body == b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"


def test_an_old_client_gets_a_body_until_the_end(server):
    answer = server.exchange(b"GET /stream HTTP/1.0\r\n\r\n")
    assert body_of(answer) == b"abc"
    assert b"transfer-encoding" not in answer.lower()


@pytest.mark.parametrize(("path", "begin"), [("/flushed", b"ping\r\n"), ("/early", b"\r\n\r\n")])
def test_a_piece_is_flushed_at_once(server, path, begin):
    with server.connect() as client:
        fields = "Content-Length: 4\r\n"
        client.sendall(get(path, fields).replace(b"GET", b"POST"))
        answer = b""
        while not answer.endswith(begin):
            answer += client.recv(1000)
        client.sendall(b"pong")
        while data := client.recv(1000):
            answer += data
        assert answer.endswith(b"4\r\npong\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"body"), (204, b""), (304, b""), (404, b"body")]
)
def test_statuses_decide_whether_there_is_a_body(server, status, body):
    response = server.get(f"/status?{status}")
    assert (response.status, response.data) == (status, body)


def test_a_head_request_gets_no_body(server):
    response = server.get("/hello", "HEAD")
    assert response.data == b""
    assert not IS_OWN or response.getheader("Content-Length") == "12"


def test_messages_after_the_response_are_ignored(server):
    assert server.text("/late") == "in time"
    server.seen("not raised")


def test_an_application_goes_on_after_its_response(server):
    with server.connect() as client:
        client.sendall(get("/background"))
        answer = b""
        while b"done" not in answer:
            answer += client.recv(1000)
    server.seen("background")


def test_the_next_request_does_not_wait_for_it(server):
    with server.connect() as client:
        client.sendall(b"GET /background HTTP/1.1\r\nHost: x\r\n\r\n" + get("/hello"))
        answer = b""
        while data := client.recv(1000):
            answer += data
        assert body_of(answer) == b"Hello World!"
    server.seen("background")


def test_an_error_after_the_response_leaves_the_connection(server):
    request = b"GET /background_error HTTP/1.1\r\nHost: x\r\n\r\n"
    assert body_of(server.exchange(request + get("/hello"))) == b"Hello World!"


@pytest.mark.parametrize("leave", [reset, socket.socket.close], ids=["reset", "close"])
def test_a_client_that_goes_is_reported_at_once(server, leave):
    client = server.connect()
    client.sendall(get("/wait"))
    server.seen("waits")
    leave(client)
    taken = []
    until(lambda: taken.extend(json.loads(server.text("/seen"))) or "http.disconnect" in taken)
    # A client that closes may still read.
    until(
        lambda: (
            leave is not reset
            or not IS_OWN
            or taken.extend(json.loads(server.text("/seen")))
            or True in taken
        )
    )


@pytest.mark.parametrize("leave", [reset, socket.socket.close], ids=["reset", "close"])
def test_sending_to_a_client_that_has_gone_is_an_error(server, leave):
    client = server.connect()
    client.sendall(get("/endless"))
    assert client.recv(1000)
    leave(client)
    server.seen("OSError", "cleaned up")


@choice
def test_a_stream_stops_with_the_write_after_its_client_has_gone(server):
    with server.connect() as client:
        client.sendall(get("/event"))
        assert client.recv(1000)
        server.seen("sent")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1000) == b""
    server.seen("OSError")


def test_a_client_that_reads_slowly_is_waited_for(server):
    client = server.connect()
    client.sendall(get("/slow"))
    assert client.recv(1)
    counts = [-1]

    def stands_still():
        counts.append(int(server.text("/sent")))
        return counts[-1] == counts[-2] > 0

    until(stands_still)
    reset(client)
    assert counts[-1] < 2000
    if IS_OWN:
        server.seen("slow is over")


def test_each_request_has_its_own_context(server):
    for path in ("/context/a", "/context/b"):
        assert server.text(path) == path


def test_groups_of_tasks_work(server):
    assert server.text("/group") == "by a group"
    server.seen("watched")


def test_timeouts_work(server):
    assert server.text("/timeout") == "timed out"


def test_tasks_can_be_made_of_both_functions(server):
    assert server.text("/created") == "http.request"


def test_trailers_are_sent_to_clients_that_take_them(server):
    offers(server, "http.response.trailers")
    answer = server.exchange(get("/trailers", "TE: trailers\r\n"))
    assert answer.endswith(b"4\r\nbody\r\n0\r\nx-sum: 1\r\nx-other: 2\r\n\r\n")
    assert server.exchange(get("/trailers")).endswith(b"4\r\nbody\r\n0\r\n\r\n")


def test_early_hints_precede_the_response(server):
    offers(server, "http.response.early_hint")
    answer = server.exchange(get("/hints"))
    hints = b"link: </a.css>; rel=preload\r\nlink: </b.js>; rel=preload\r\n\r\nHTTP/1.1 200 OK"
    assert answer.startswith(b"HTTP/1.1 103 Early Hints\r\n" + hints)
    assert answer.count(b"HTTP/1.1") == 2


def test_a_file_is_sent(server):
    offers(server, "http.response.pathsend")
    response = server.get("/file")
    with open(__file__.replace("test_http", "app"), "rb") as file:
        assert response.data == file.read()
    assert response.getheader("Content-Length") == str(len(response.data))
    assert response.getheader("Content-Type") == "text/x-python"
    assert server.get("/file", "HEAD").data == b""


@choice
def test_nothing_is_left_of_a_request(server):
    paths = ("/hello", "/stream", "/context", "/group", "/unflushed", "/background", "/late")
    for path in paths:
        server.get(path)
    server.text("/seen")
    # Its own channel, and the operation that is being awaited.
    until(lambda: int(server.text("/alive")) <= 2)
