"""RSGI applications (granian's interface, version 1.6), started by the command line."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import LOOPS, Program, reset, rest_of, until
from frames import Client
from tremolo import Application
from tremolo._loading import NotLoaded, served
from tremolo.rsgi import RSGI

HERE = Path(__file__).parent
SCRIPT = HERE / "rsgi_app.py"


class Rsgi(Program):
    def __init__(self, loop, name, *arguments):
        command = [sys.executable, "-W", "error", "-m", "tremolo", f"{SCRIPT}:{name}"]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        options = ["--port", "0", "--loop", loop, *arguments]
        self.process = subprocess.Popen([*command, *options], text=True, **pipes)
        self.find_address()

    def sees(self, *expected):
        taken = []

        def so_far():
            taken.extend(json.loads(self.text("/seen")))
            return taken

        until(lambda: len(so_far()) >= len(expected))
        assert taken == list(expected), taken


@pytest.fixture(scope="module", params=LOOPS)
def server(request):
    program = Rsgi(request.param, "app", "--interface", "rsgi")
    yield program
    code, log = program.stop()
    assert (code, "never" in log) == (0, False), log
    # Each error of the application is one that a test expects.
    expected = r"^\w+Error: .*(expected in the log|sent no response|sent already|ends before)"
    assert log.count("Traceback") == len(re.findall(expected, log, re.MULTILINE)), log


@pytest.fixture
def start():
    programs = []

    def start(*arguments):
        programs.append(Rsgi("asyncio", *arguments))
        return programs[-1]

    yield start
    for program in programs:
        program.process.kill()
        program.process.communicate()


def test_a_request_has_a_scope(server):
    with server.connect() as client:
        fields = b"Host: h\r\nX-A: 1\r\nx-a: 2\r\nConnection: close\r\n\r\n"
        client.sendall(b"PUT /describe/caf%C3%A9/%2F?a=%20b HTTP/1.1\r\n" + fields)
        host, port = client.getsockname()
        found = json.loads(rest_of(client).rpartition(b"\r\n\r\n")[2])
    assert found == {
        "proto": "http",
        "http_version": "1.1",
        "rsgi_version": "1.6",
        "server": "{}:{}".format(*server.address),
        "client": f"{host}:{port}",
        "scheme": "http",
        "method": "PUT",
        "path": "/describe/café//",
        "query_string": "a=%20b",
        "authority": None,
        "a": ["1", "1", ["1", "2"], True],
        "missing": [None, "b", False],
        "names": [3, True, 1],
        "all": ["1", "2"],
    }


def test_bodies_are_received_and_sent(server):
    body = bytes(range(256)) * 4000
    response = server.get("/echo", "POST", body)
    assert response.data == body
    assert response.getheader("Content-Length") == str(len(body))
    assert response.getheader("X-A") == "1, 2"
    assert (
        server.text("/pieces", method="POST", body=body) == f"{len(body)} the body was read already"
    )
    assert server.get("/empty").status == 204
    assert len(server.get("/large").data) == 8_000_000
    response = server.get("/stream")
    assert (response.data, response.getheader("Transfer-Encoding")) == (b"one two", "chunked")


def test_files_are_sent(server):
    response = server.get("/file")
    assert response.data == SCRIPT.read_bytes()
    assert response.getheader("Content-Type") == "text/x-own"
    response = server.get("/range")
    assert (response.status, response.data) == (206, SCRIPT.read_bytes()[3:10])
    assert server.get("/missing").status == 404
    with server.connect() as client:
        client.sendall(b"GET /short HTTP/1.1\r\nHost: h\r\n\r\n")
        assert rest_of(client).endswith(SCRIPT.read_bytes())


def test_an_application_goes_on_after_its_response(server):
    server.text("/seen")
    assert server.text("/goes-on") == "now"
    server.sees("later")


def test_a_client_that_goes_is_reported(server):
    server.text("/seen")
    client = server.connect()
    client.sendall(b"GET /gone HTTP/1.1\r\nHost: h\r\n\r\n")
    assert client.recv(1000)
    reset(client)
    server.sees("ClientDisconnected")


def test_mistakes_of_the_application_are_answered(server):
    for path in ("/nothing", "/fails"):
        assert server.get(path).status == 500
    # The first response is sent, the call of the second one fails.
    assert server.text("/twice") == "one"
    with server.connect() as client:
        client.sendall(b"GET /fails-late HTTP/1.1\r\nHost: h\r\n\r\n")
        received = rest_of(client)
    assert b"begun" in received
    assert not received.endswith(b"0\r\n\r\n")


def test_websockets(server):
    server.text("/seen")
    client = Client(server.address, "/chat")
    for message in ("text", b"bytes"):
        client.send(message)
        assert client.message() == message
    client.close()
    server.sees(["ws", "http", "GET"], [0, None])
    client = Client(server.address, "/chat")
    client.send("close")
    assert client.closed() == (1000, "")
    assert Client(server.address, "/refused").status.startswith("HTTP/1.1 418 ")
    assert Client(server.address, "/ignored").status == "HTTP/1.1 403 Forbidden"


def test_middleware_of_the_server_runs_around_it(start):
    program = start("mounted")
    for path, expected in (("/large", b"x" * 8_000_000), ("/file", SCRIPT.read_bytes())):
        response = program.get(f"/below{path}")
        assert (response.data == expected, response.getheader("x-response")) == (True, "1")
    assert (
        json.loads(program.text("/below/describe", headers={"x-a": ""}))["path"]
        == "/below/describe"
    )
    assert program.get("/describe").status == 404
    assert program.stop() == (0, "")


# They are called outside of the loop, as by granian.
@pytest.mark.parametrize(("name", "begun"), [("whole", "init False"), ("inside", "init True")])
@pytest.mark.parametrize("arguments", [(), ("--workers", "1")])
def test_an_object_has_hooks_and_is_recognized(start, name, begun, arguments):
    program = start(name, *arguments)
    program.sees(begun)
    program.process.terminate()
    output, log = program.process.communicate(timeout=20)
    assert (program.process.returncode, output, log) == (0, "deleted\n", "")


def test_an_application_that_fails_at_its_start_ends_the_server():
    with pytest.raises(RuntimeError, match="ValueError: expected in the log") as failure:
        Rsgi("asyncio", "failing")
    assert "deleted" not in str(failure.value)


def test_in_a_loop_that_runs_its_hooks_are_called_by_the_worker():
    calls = []

    class App:
        async def __rsgi_init__(self, loop):
            calls.append(loop is asyncio.get_running_loop())

        def __rsgi_del__(self, loop):
            calls.append(loop.is_running())

        async def __rsgi__(self, scope, protocol):
            pass

    async def main():
        app = Application()
        app.mount("/", RSGI(App()))
        serving = asyncio.create_task(app.serve("127.0.0.1:0"))
        while not app.is_ready:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0)
        serving.cancel()
        await asyncio.wait([serving])

    asyncio.run(main())
    assert calls == [True, True]


def test_what_is_no_application_is_refused():
    with pytest.raises(TypeError, match="an RSGI application is callable"):
        RSGI(1)
    with pytest.raises(NotLoaded, match=r"^root_path: not for applications of RSGI"):
        served(RSGI, "a", {"interface": "rsgi", "root_path": "/a"})
    with pytest.raises(NotLoaded, match="a is not an application of rsgi, but int"):
        served(1, "a", {"interface": "rsgi"})
