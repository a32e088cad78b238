"""Middleware: its order, what it can do to a request and to a response."""

import ast
import asyncio
import pickle

import pytest
from conftest import LOOPS, Program, rest_of
from frames import CLOSE, Client
from tremolo import Application

WHOLE = ["first", "second", "plain", "handler", "outermost", "stamp"]


class Middleware(Program):
    script = "middleware.py"

    def events(self):
        """Those before this request, without those of this request."""
        events = ast.literal_eval(self.text("/events"))
        return events[: events.index("first", 1)] if events.count("first") > 1 else events[:-3]


@pytest.fixture(scope="module", params=LOOPS)
def program(request):
    program = Middleware(request.param)
    program.text("/events")
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "never awaited" not in log, log


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/hello", WHOLE),
        ("/halt", ["first", "outermost", "stamp"]),
        ("/halt-second", ["first", "second", "outermost", "stamp"]),
        ("/answered", ["first", "outermost", "stamp"]),
        ("/refused", ["first", "outermost", "stamp"]),
        ("/nowhere", ["first", "second", "plain", "outermost", "stamp"]),
    ],
)
def test_middleware_runs_in_its_order(program, path, expected):
    program.get(path)
    assert program.events() == expected


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/hello", 200, b"Hello"),
        ("/pieces", 200, b"onetwo"),
        ("/no-pieces", 200, b""),
        ("/plain", 200, b"plain"),
        ("/plain-pieces", 200, b"onetwo"),
        ("/write", 200, b"onetwo"),
        ("/end", 200, b"ended"),
        ("/file", 200, b"text of a file"),
        ("/static/middleware.txt", 200, b"text of a file"),
        ("/two-writers", 200, b"ab"),
        ("/halt", 200, b"halted"),
        ("/halt-pieces", 200, b"onetwo"),
        ("/answered", 200, b"answered"),
        ("/replaced", 200, b"replaced"),
        ("/stamp-answers", 200, b"from the stamp"),
        ("/stamp-waits", 200, b"Hello"),
        ("/handled-page", 400, b"own"),
        ("/paged", 403, b"own page: Forbidden"),
        ("/refused", 403, b"own page: not you"),
    ],
)
def test_on_response_runs_once_before_any_head(program, path, status, body):
    response = program.get(path)
    assert (response.status, response.data) == (status, body)
    assert response.headers.get_all("X-Order") == ["outermost"]
    assert response.headers.get_all("X-Stamp") == ["Ada"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/raises", 400),
        ("/nowhere", 404),
        ("/fails", 500),
        ("/exit", 500),
        ("/static/no", 404),
        ("/slow", 500),
        ("/handled", 400),
    ],
)
def test_error_pages_pass_on_response(program, path, status):
    response = program.get(path)
    assert (response.status, response.headers["X-Stamp"]) == (status, "Ada")
    assert response.headers["X-Lost"] is None
    assert b"secret" not in response.data


@pytest.mark.parametrize("path", ["/stamp-fails", "/stamp-fails-later"])
def test_an_error_of_on_response_is_answered_once(program, path):
    program.events()
    response = program.get(path)
    assert (response.status, response.headers["X-Stamp"]) == (400, None)
    assert program.events().count("stamp") == 1


def test_on_response_may_answer_itself(program):
    program.events()
    response = program.get("/outermost-answers")
    assert (response.status, response.data) == (200, b"from a thread")
    assert program.events() == WHOLE[:-1]


@pytest.mark.parametrize("operation", ["send", "comment", "open", "close", "together"])
def test_it_runs_once_before_the_head_of_an_event_stream(program, operation):
    program.events()
    response = program.get(f"/stream/{operation}")
    assert response.getheader("Content-Type") == "text/event-stream"
    assert response.headers.get_all("X-Order") == ["outermost"]
    assert response.headers.get_all("X-Stamp") == ["Ada"]
    assert program.events() == WHOLE


OPERATIONS = ["accept", "send", "ping", "receive", "recv", "iterate", "close", "together", "raises"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_it_runs_once_before_the_101_of_a_websocket(program, operation):
    program.events()
    client = Client(program.address, f"/socket/{operation}")
    assert client.status == "HTTP/1.1 101 Switching Protocols"
    for field in ("X-Order: outermost", "X-Stamp: Ada", f"X-Path: /socket/{operation}"):
        assert client.fields.count(field) == 1, client.fields
    client.send("a message")
    if operation == "together":
        assert [client.message(), client.message()] == ["a", "b"]
    while (frame := client.frame())[1] != CLOSE:
        pass
    assert int.from_bytes(frame[2]) == (4001 if operation == "raises" else 1000)
    assert program.events() == WHOLE


def test_it_runs_before_the_101_that_a_thread_causes(program):
    client = Client(program.address, "/plain-socket")
    assert "X-Stamp: Ada" in client.fields
    assert client.message() == "from a thread"


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/halt-socket", "200 OK", b"halted"),
        ("/refused-socket", "403 Forbidden", b"own page: not you"),
        ("/stamp-fails-socket", "400 Bad Request", None),
        ("/stamp-answers-socket", "200 OK", b"from the stamp"),
    ],
)
def test_middleware_refuses_a_websocket_with_an_ordinary_response(program, path, status, body):
    client = Client(program.address, path)
    assert client.status == f"HTTP/1.1 {status}"
    if body is not None:
        assert client.take(len(body)) == body


def test_malformed_requests_have_pages_and_pass_on_response(program):
    program.events()
    with program.connect() as client:
        client.sendall(b"GET /hello HTTP/1.1\r\nHost : x\r\n\r\n")
        answer = rest_of(client)
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\nX-Stamp: none\r\nX-Valid: False\r\n" in answer
    assert b"\r\n\r\nmalformed: b'GET' b'" in answer
    assert program.events() == ["outermost", "stamp"]


def test_an_error_of_on_response_for_a_malformed_request_keeps_its_status(program):
    program.text("/careless")
    with program.connect() as client:
        client.sendall(b"GET /hello HTTP/1.1\r\nHost : x\r\n\r\n")
        answer = rest_of(client)
    program.events()
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\n\r\nmalformed: b'GET' b'" in answer


def test_a_cancelled_on_response_does_not_run_again(program):
    response = program.get("/stamp-hangs")
    assert (response.status, response.headers["X-Stamp"]) == (500, None)


def test_a_scope_with_middleware_has_none_of_its_parent(program):
    headers = program.get("/below/hello").headers
    assert (headers["X-Own"], headers["X-Stamp"]) == ("1", None)
    headers = program.get("/below/nowhere").headers
    assert headers["X-Stamp"] is None
    headers = program.get("/segment/hello").headers
    assert (headers["X-Mark"], headers["X-Stamp"]) == ("given", None)


@pytest.mark.parametrize(
    ("path", "kind"), [("/types", "text/html; charset=utf-8"), ("/types?plain", "text/plain")]
)
def test_on_response_sees_the_content_type_among_the_fields(program, path, kind):
    headers = program.get(path).headers
    assert (headers["X-Own"], headers["X-Type"]) == ("1", kind)
    assert headers.get_all("Content-Type") == [f"{kind}; seen"]


def test_what_middleware_sets_stays(program):
    response = program.get("/tainted")
    assert (response.status, response.headers["X-First"]) == (202, "1")
    assert response.headers["X-Plain"] == "GET"


def test_raw_bytes_do_not_pass_on_response(program):
    program.events()
    assert program.text("/raw") == "raw"
    assert program.events() == ["first", "second", "plain"]


def test_a_response_without_a_head_does_not_pass_on_response(program):
    program.events()
    with program.connect() as client:
        client.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        assert rest_of(client) == b""
    assert program.events() == ["first", "second", "plain"]


def test_handler_and_middleware_share_contexts(program):
    assert program.text("/variable") == "set"
    with program.connect() as client:
        client.sendall(2 * b"GET /seen HTTP/1.1\r\nHost: x\r\n\r\n")
        client.shutdown(1)
        assert [line for line in rest_of(client).split(b"\r\n\r\n")[1:] if line][-1] == b"2"


def test_a_handler_can_run_on_response_early(program):
    program.events()
    assert program.text("/again") == "None 1"
    assert program.events().count("stamp") == 1


def test_options_of_the_server_pass_middleware(program):
    response = program.get("*", method="OPTIONS")
    assert (response.status, response.headers["X-Stamp"]) == (204, "Ada")
    assert response.headers["Allow"]


def test_misuse_is_an_error_where_it_is_made():
    app = Application()
    with pytest.raises(ValueError, match="request or response"):
        app.add_middleware(print, "nonsense")
    with pytest.raises(TypeError, match="a function"):
        app.add_middleware(5)
    with pytest.raises(TypeError, match="priority"):
        app.on_request(5)


def test_an_application_is_mounted_once_and_does_not_run():
    app, below = Application(), Application()
    app.mount("/below", below)
    app.mount("/again", below)
    for above, prefix in ((app, "/self"), (below, "/above")):
        with pytest.raises(ValueError, match="in itself"):
            above.mount(prefix, app)
    with pytest.raises(RuntimeError, match="mounted"):
        below.run("127.0.0.1", 0)
    with pytest.raises(RuntimeError, match="mounted"):
        asyncio.run(below.serve("127.0.0.1:0"))


class View:
    async def get(self):
        return "view"


def test_an_application_can_be_pickled():
    app, below = Application("name"), Application()
    app.add_route(View, "/view", size=5)
    app.add_middleware(print)
    app.on_close(priority=1)(print)
    below.add_route(ast.parse, "/parse")
    app.mount("/below", below)
    again = pickle.loads(pickle.dumps(app))
    assert again.name == "name"
    assert again._entries[:3] == app._entries[:3]
    mounted = again._entries[3].target
    assert (mounted._parent, mounted._entries) == (again, below._entries)
