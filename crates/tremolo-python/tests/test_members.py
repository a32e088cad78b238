"""The members of the response, the request and the connection, one by one."""

import ast
import asyncio
import gc
import socket
import struct
import time

import pytest
from conftest import until
from tremolo import Application

WAYS = ["return", "write", "end", "yield", "yield-wait", "none", "sync", "raise"]


@pytest.mark.parametrize("way", WAYS)
def test_headers_are_what_goes_out(server, way):
    response = server.get(f"/headers-{way}")
    assert response.headers.get_all("X-First") == ["1", "2", "3"]
    assert response.getheader("Set-Cookie") == "s=1; path=/; Extra"
    assert (response.getheader("x-new"), response.getheader("x-text")) == ("n", "t")
    assert response.getheader("X-Gone") is None
    if way == "raise":
        assert (response.status, response.getheader("Location")) == (302, "/hello")
    else:
        assert response.headers.get_all("Content-Type") == ["text/css"]
        assert response.data == (b"" if way == "none" else b"body")
    # Names keep the spelling that they were set with.
    assert ("X-First", "1") in response.getheaders()


def test_headers_can_be_cleared(server):
    response = server.get("/headers-cleared")
    assert (response.getheader("X-A"), response.getheader("X-B")) == (None, None)
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"
    assert (response.getheader("Connection"), response.data) == ("close", b"body")


def test_a_field_that_would_split_the_head_goes_nowhere(server):
    response = server.get("/headers-bad?return")
    assert (response.status, response.getheader("X-B")) == (500, None)
    assert b"never" not in response.data
    assert server.text("/headers-bad?write") == "corrected"


def test_the_line_tells_what_would_go_out(server):
    before, after = ast.literal_eval(server.text("/line"))
    assert before == [b"HTTP/1.1", b"200", b"OK"]
    assert after == [b"HTTP/1.1", b"404", b"Gone fishing"]


def test_chunks_can_be_asked_for(server):
    assert server.get("/chunked").getheader("Transfer-Encoding") == "chunked"


def test_base_headers_can_be_seen_and_changed(server):
    response = server.get("/base")
    assert ast.literal_eval(response.data.decode()) == [b"date", b"server"]
    assert response.headers.get_all("Server") == ["Other"]
    assert len(response.headers.get_all("Date")) == 1


@pytest.mark.parametrize("path", ["/closes", "/closes-error", "/closes-sync"])
def test_keep_alive_can_be_taken_back(server, path):
    response = server.get(path)
    assert response.getheader("Connection") == "close"
    if path == "/closes":
        assert ast.literal_eval(response.data.decode()) == (False, [b"close"])


def exchange(server, path):
    """All bytes until the server closes."""
    with server.connect() as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        seen = b""
        while data := client.recv(1 << 16):
            seen += data
    return seen


def test_sends_without_waiting(server):
    assert exchange(server, "/nowait").endswith(b"\r\n\r\nhi")


def test_an_exception_is_answered_as_if_it_were_raised(server):
    response = server.get("/exception?http")
    assert (response.status, response.getheader("Retry-After")) == (400, "1")
    assert b"so &lt;bad&gt;" in response.data
    assert response.getheader("X-Before") is None
    other = server.get("/exception?other")
    assert other.status == 500
    assert b"secret" not in other.data
    assert server.text("/exception?page") == "<p>custom 404 /exception</p>"
    data = server.get("/exception?data")
    assert (data.status, data.data) == (400, b"mine")
    # The client can tell that this is not all.
    assert exchange(server, "/exception?late").endswith(b"4\r\nhead\r\n")


def test_what_an_error_page_sets_goes_out(server):
    response = server.get("/unauthorized")
    assert (response.status, response.reason) == (401, "Unauthorized")
    assert (response.getheader("X-Page"), response.getheader("x-live")) == ("1", "2")
    assert response.headers.get_all("www-authenticate") == ["Basic", "Digest"]
    assert response.getheader("X-Before") is None
    assert b"Unauthorized" in response.data
    changed = server.get("/unauthorized?status")
    assert (changed.status, changed.reason, changed.data) == (418, "Teapot", b"short")
    assert changed.getheader("Content-Type") == "text/plain"


@pytest.mark.parametrize("way", ["write", "send", "end", "option"])
def test_a_rate_is_kept(server, way):
    start = time.monotonic()
    response = server.get(f"/rate-{way}")
    elapsed = time.monotonic() - start
    assert len(response.data) == 131_072
    # The average counts from the first byte: 131072 / 400000.
    assert 0.3 < elapsed < 5


def test_a_rate_can_be_lifted(server):
    assert len(server.get("/rate-lifted").data) == 131_072


@pytest.mark.parametrize(
    ("path", "count"), [("/buffer-default", 65), ("/buffer-write", 4), ("/buffer-option", 8)]
)
def test_a_write_waits_for_four_buffers(server, path, count):
    # Beside the pieces, their framing and the head are queued. A write also waits when the turn of
    # its connection has used up its time, so that a busy machine gives a lower count.
    for _ in range(1000):
        found = int(server.get(path).data.lstrip(b"\0"))
        assert found <= count
        if found == count:
            return
    pytest.fail(f"a write waits after {found} pieces at the latest")


def test_pieces_are_gathered_up_to_half_a_buffer(server):
    assert exchange(server, "/buffer-gathered").endswith(
        b"\r\n\r\n4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n"
    )


@pytest.mark.parametrize("path", ["/buffer-gathered-waits", "/buffer-gathered-thread"])
def test_pieces_of_every_kind_are_gathered(server, path):
    assert exchange(server, path).endswith(b"\r\n\r\n4\r\nab\xe9d\r\n1\r\ne\r\n0\r\n\r\n")


def test_a_body_that_was_gathered_whole_has_a_length(server):
    response = server.get("/buffer-whole")
    assert response.headers["Content-Length"] == "6"
    assert response.data == b"abcdef"


def test_a_failure_has_its_page_as_long_as_every_piece_waits(server):
    assert server.get("/buffer-fails").status == 403


def test_options_that_there_are_not_are_refused(server):
    assert server.get("/no-option").status == 500


def test_the_transport_tells_of_the_socket(server):
    assert ast.literal_eval(server.text("/transport")) == server.address


def test_the_transport_ends_the_connection(server):
    # Nothing was written yet when it was aborted.
    assert exchange(server, "/abort") == b""
    assert exchange(server, "/transport-close") == b"kept"


def test_what_is_left_when_the_client_has_gone(server):
    client = server.connect()
    client.sendall(b"GET /gone HTTP/1.1\r\nHost: x\r\n\r\n")
    until(lambda: server.text("/kept?waits") == "True")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    until(lambda: server.text("/kept?gone") == "'kept'")


def test_how_much_of_the_body_was_read(server):
    seen = ast.literal_eval(server.text("/body-members", method="POST", body=b"x" * 10))
    assert seen == [False, False, False, 30.0, False, False, True, True, 10]
    seen = ast.literal_eval(server.text("/body-members"))
    assert seen == [True, False, False, 30.0, True, False, False, True, 0]


def test_what_kind_of_body_it_is(server):
    assert ast.literal_eval(server.text("/kinds")) == (b"application/octet-stream", [])
    body = iter([b"x"])
    assert ast.literal_eval(server.text("/kinds", method="POST", body=body))[1] == [b"chunked"]


def test_expectations_are_seen_until_they_are_met(server):
    with server.connect() as client:
        client.sendall(
            b"POST /body-members HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
            b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        assert client.recv(100).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"body")
        seen = b""
        while data := client.recv(1 << 16):
            seen += data
    assert seen.endswith(b"[False, True, False, 30.0, False, False, True, True, 4]")


def test_a_timeout_holds_for_all_reads(server):
    with server.connect() as client:
        client.sendall(b"POST /timeout-set HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 408 ")


def test_the_parsed_head(server):
    line, values = ast.literal_eval(server.text("/header?q", headers={"X-A": "1, 2"}))
    assert (line, values) == (b"GET /header?q HTTP/1.1", [b"1, 2"])


def test_a_request_that_is_over_has_no_connection(server):
    with server.connect() as client:
        for path in ("/keep-request", "/old-request"):
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            answer = client.recv(1 << 16)
    assert answer.endswith(b"(None, 'RuntimeError', False, True, 'gone')")
    assert server.text("/clear") == "(None, False)"


def test_no_middleware_runs_where_there_is_none(server):
    assert server.text("/middlewares") == "None"


def test_the_collector_sees_what_a_server_holds(server):
    assert server.text("/gc") == "(True, True)"


def test_a_server_that_is_over_is_collected():
    def servers():
        gc.collect()
        return sum(type(thing).__name__ == "Server" for thing in gc.get_objects())

    async def main():
        app = Application()
        listens = asyncio.get_running_loop().create_future()

        @app.route("/")
        async def index():
            return app, listens

        serving = asyncio.create_task(app.serve("127.0.0.1:0"))
        await asyncio.sleep(0)
        assert servers() == 1
        serving.cancel()
        await asyncio.wait([serving])

    asyncio.run(main())
    assert servers() == 0


def test_an_argument_that_there_is_not_is_told_at_start():
    app = Application()

    @app.route("/wants")
    async def wants(colour):
        pass

    with pytest.raises(TypeError, match="its argument 'colour'"):
        app.run("127.0.0.1", 0)


@pytest.mark.parametrize("option", ["rate", "buffer_size"])
def test_an_option_that_is_no_number_is_told_at_start(option):
    app = Application()
    names = {}
    exec(f"async def wants({option}='much'): pass", names)
    app.add_route(names["wants"], "/wants")
    with pytest.raises(TypeError, match=f"handler wants: {option} is a number"):
        app.run("127.0.0.1", 0)


def test_another_thread_may_answer_while_the_loop_sleeps(server):
    with server.connect() as client:
        client.sendall(b"GET /thread-end HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: server.get("/thread-go").status == 200)
        answer = client.recv(1 << 16)
    assert b"\r\nX-Thread: 1\r\n" in answer
    assert b"\r\nx-live: 2\r\n" in answer
    assert answer.endswith(b"from a thread")


def test_threads_that_write_at_once_corrupt_nothing(server):
    text = server.text("/thread-flood")
    assert len(text) <= 6_000
    assert set(text) <= set("abc")
    assert all(len(run) % 10 == 0 for letter in "abc" for run in _runs(text, letter))


def _runs(text, letter):
    others = "abc".replace(letter, "")
    return [run for run in text.replace(others[0], " ").replace(others[1], " ").split(" ") if run]
