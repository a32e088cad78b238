"""WSGI applications (PEP 3333) on the threads of the server."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import LOOPS, Program, reset, until

HERE = Path(__file__).parent


class Wsgi(Program):
    def __init__(self, loop, name, *arguments):
        script = f"{HERE / 'wsgi_app.py'}:{name}"
        command = [sys.executable, "-W", "error", "-m", "tremolo", script, "--port", "0"]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        self.process = subprocess.Popen([*command, "--loop", loop, *arguments], text=True, **pipes)
        self.find_address()


def server_of(name, *arguments):
    @pytest.fixture(scope="module", params=LOOPS)
    def server(request):
        program = Wsgi(request.param, name, *arguments)
        yield program
        code, log = program.stop()
        assert (code, "never" in log) == (0, False), log

    return server


server = server_of("app", "--thread-pool-size", "3")
mounted = server_of("mounted")


def test_a_body_in_a_list_has_a_length(server):
    response = server.get("/hello")
    assert (response.data, response.getheader("Content-Length")) == (b"Hello World!", "12")
    assert response.getheader("Content-Type") == "text/plain"


def test_the_environment_describes_the_request(server):
    headers = {"X-A": "1", "X_b": "2", "Cookie": "a=1", "Content-Type": "text/x"}
    body = server.get("/environ/caf%C3%A9/%2F?a=%20", "POST", b"hi", headers).data
    environ = json.loads(body)
    host, port = server.address
    assert environ.pop("REMOTE_PORT").isdecimal()
    assert environ.pop("HTTP_ACCEPT_ENCODING") == "identity"
    assert environ == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/environ/caf\u00c3\u00a9//",
        "QUERY_STRING": "a=%20",
        "CONTENT_TYPE": "text/x",
        "CONTENT_LENGTH": "2",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": f"{host}:{port}",
        "HTTP_X_A": "1",
        "HTTP_COOKIE": "a=1",
        "wsgi.url_scheme": "http",
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


@pytest.mark.parametrize("size", [1, 100_000, 1_500_000])
def test_a_body_arrives_whole(server, size):
    body = bytes(range(256)) * (size // 256 + 1)
    assert server.get("/echo", "POST", body[:size]).data == body[:size]
    chunks = [body[:size][at : at + 5000] for at in range(0, size, 5000)]
    assert server.get("/echo", "POST", iter(chunks)).data == body[:size]


def test_lines_can_be_read(server):
    assert json.loads(server.get("/lines", "POST", b"a\nb\n\nc").data) == ["a\n", "b\n", "\n", "c"]


def test_status_and_headers_are_sent(server):
    response = server.get("/status")
    assert (response.status, response.reason) == (418, "I am a teapot")
    assert response.headers.get_all("X-A") == ["1", "2"]


def test_pieces_are_sent_as_they_come(server):
    with server.connect() as client:
        head = (
            "POST /pingpong HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"
        )
        client.sendall(head.encode())
        answer = b""
        while not answer.endswith(b"ping\r\n"):
            answer += client.recv(1000)
        client.sendall(b"pong")
        while data := client.recv(1000):
            answer += data
    assert answer.endswith(b"4\r\npong\r\n0\r\n\r\n")


def test_the_body_is_closed(server):
    assert server.text("/stream") == "012"
    assert json.loads(server.text("/seen")) == ["closed"]
    assert server.text("/write") == "one two three"


def test_a_stream_whose_client_has_gone_is_closed(server):
    client = server.connect()
    client.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
    assert client.recv(1)
    reset(client)
    until(lambda: json.loads(server.text("/seen")) == ["closed"])


@pytest.mark.parametrize("path", ["/none", "/twice", "/fails", "/text"])
def test_an_error_before_the_body_has_a_page(server, path):
    assert server.get(path).status == 500


def test_a_head_that_was_not_sent_can_be_replaced(server):
    response = server.get("/replaced")
    assert (response.status, response.reason, response.data) == (500, "Own", b"own")


def test_an_error_within_the_body_cuts_it(server):
    with server.connect() as client:
        client.sendall(b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while data := client.recv(1000):
            answer += data
    assert answer.endswith(b"4\r\nsome\r\n")


def test_threads_are_bounded(server):
    clients = [server.connect() for _ in range(2)]
    for client in clients:
        client.sendall(b"GET /waits HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    seen = []
    until(lambda: seen.extend(json.loads(server.text("/seen"))) or seen == ["waits"] * 2)
    # One of three is left.
    assert server.text("/go") == "Hello World!"
    for client in clients:
        with client:
            assert client.recv(1000).endswith(b"Hello World!")


def test_an_application_is_mounted_below_a_prefix(mounted):
    environ = json.loads(mounted.text("/below/here/environ/x"))
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/below/here", "/environ/x")
    assert mounted.get("/below/here/hello").getheader("x-response") == "1"


def test_the_environment_and_the_calls_are_valid(mounted):
    assert mounted.text("/any/path?a") == "valid"
    assert mounted.get("/", "POST", b"hello").data == b"hello"
