"""Every name of the original that programs import or use is there, with a documentation."""

import importlib
import inspect
import os
import socket

import pytest
import tremolo
from tremolo._executor import Executor, Thread
from tremolo._lock import ServerLock
from tremolo._tremolo import Request, Response
from tremolo.lib.connection import Connection, Transport
from tremolo.lib.contexts import ConnectionContext, Context, RequestContext, WorkerContext
from tremolo.lib.http_header import Headers, HTTPHeader

MODULES = {
    "tremolo": "Application Tremolo StaticFiles run exceptions utils",
    "tremolo.__main__": "usage bind version",
    "tremolo.exceptions": """
        HTTPException BadRequest Unauthorized Forbidden NotFound MethodNotAllowed RequestTimeout
        PreconditionFailed PayloadTooLarge RangeNotSatisfiable ExpectationFailed TooManyRequests
        InternalServerError ServiceUnavailable HTTPRedirect WebSocketException
        WebSocketClientClosed WebSocketServerClosed TremoloException ASGIException
        ASGIConnectionError LifespanError LifespanProtocolUnsupported""",
    "tremolo.utils": """
        html_escape parse_args memory_usage AsyncToSyncWrapper to_sync file_signature getoptions
        is_async log_date parse_fields parse_int print_logo server_date""",
    "tremolo.tremolo": "Tremolo",
    "tremolo.lib.websocket": "WebSocket",
    "tremolo.lib.http_header": "HTTPHeader Headers",
    "tremolo.lib.connections": "KeepAliveConnections",
    "tremolo.lib.contexts": "WorkerContext RequestContext ConnectionContext Context",
    "tremolo.lib.http_request": "HTTPRequest",
    "tremolo.lib.http_response": "HTTPResponse",
    "tremolo.lib.request": "Request",
    "tremolo.lib.response": "Response",
    "tremolo.lib.http_protocol": "HTTPProtocol",
    "tremolo.lib.http_exceptions": "HTTPException WebSocketException",
    "tremolo.lib.locks": "ServerLock",
    "tremolo.lib.executors": "MultiThreadExecutor ThreadExecutor",
}

MEMBERS = {
    tremolo.Application: """
        route add_route error hook on_worker_start on_worker_stop on_connect on_close middleware
        on_request on_response add_hook add_middleware listen mount run serve create_task add_task
        ports create_sock close_sock routes middlewares hooks""",
    Request: """
        method url path query_string version host scheme ip headers header is_valid query cookies
        params context ctx client socket transport is_secure server protocol uid content_type
        content_length transfer_encoding body_size has_body timeout http_keepalive http_continue
        upgraded body read recv stream eof form files clear""",
    Response: """
        set_status get_status set_header append_header set_cookie set_content_type headers
        headers_sent line content_type http_chunked request write end send send_nowait close
        sendfile redirect handle_exception set_base_headers set_connection""",
    Connection: """
        create_task transport run_middlewares print_exception add_close_callback is_closing
        close""",
    Transport: "get_extra_info is_closing close abort",
    Context: "get update clear",
    WorkerContext: "info",
    RequestContext: "options query cookies",
    ServerLock: "acquire release __call__",
    Executor: "submit start shutdown",
    Thread: "submit shutdown is_alive",
    Headers: "getlist",
    HTTPHeader: "parse getheaders gethost is_request",
}

#: Attributes that a new object has.
ATTRIBUTES = [
    (tremolo.Application(), "name logger context loop"),
    (WorkerContext(), "options tasks info executor connections"),
    (ConnectionContext(), "client tasks transport"),
]


def rows(table):
    return [(owner, name) for owner, names in table.items() for name in names.split()]


@pytest.mark.parametrize(("module", "name"), rows(MODULES))
def test_a_module_has_what_programs_import(module, name):
    home = importlib.import_module(module)
    assert inspect.getdoc(home)
    found = getattr(home, name)
    assert inspect.getdoc(found)
    if hasattr(home, "__all__") and module != "tremolo.lib.http_exceptions":
        assert name in home.__all__


@pytest.mark.parametrize(
    ("kind", "name"), rows(MEMBERS), ids=lambda row: getattr(row, "__name__", row)
)
def test_an_object_has_what_programs_use(kind, name):
    member = inspect.getattr_static(kind, name)
    assert inspect.getdoc(member)
    if kind in (tremolo.Application, Connection, ServerLock) and inspect.isfunction(member):
        assert inspect.signature(member).return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize(("owner", "names"), ATTRIBUTES)
def test_an_object_has_these_attributes(owner, names):
    for name in names.split():
        assert hasattr(owner, name)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("BadRequest", 400), ("Unauthorized", 401), ("Forbidden", 403), ("NotFound", 404),
        ("MethodNotAllowed", 405), ("RequestTimeout", 408), ("PreconditionFailed", 412),
        ("PayloadTooLarge", 413), ("RangeNotSatisfiable", 416), ("ExpectationFailed", 417),
        ("TooManyRequests", 429), ("InternalServerError", 500), ("ServiceUnavailable", 503),
        ("HTTPRedirect", 302), ("WebSocketException", 1011), ("WebSocketClientClosed", 1005),
        ("WebSocketServerClosed", 1011),
    ],
)  # fmt: skip
def test_exceptions_have_their_codes(name, code):
    assert getattr(tremolo.exceptions, name).code == code


def test_the_application_binds_sockets_for_others(tmp_path):
    app = tremolo.Application()
    with app.create_sock("127.0.0.1", 0) as first:
        assert first.family == socket.AF_INET
        port = first.getsockname()[1]
        app.create_sock("127.0.0.1", port).close()
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(OSError, match="Address already in use"):
            app.create_sock("127.0.0.1", port, reuse_port=False)
    path = str(tmp_path / "server")
    app.create_sock(path, 0).close()
    # The file of the first one is stale.
    second = app.create_sock(path, 0)
    assert second.getsockname() == f"{path}.sock"
    app.close_sock(second)
    app.close_sock(second)
    assert not os.path.exists(f"{path}.sock")


def test_listeners_are_in_ports():
    app = tremolo.Application()
    app.listen(8000, "localhost", backlog=1)
    app.listen("/tmp/a.sock")
    assert app.ports == {("localhost", 8000): {"backlog": 1}, ("/tmp/a.sock", None): {}}


def test_what_is_registered_is_in_tables():
    app, below = tremolo.Application(), tremolo.Application()
    app.add_route(print, "/print")
    app.routes.add(socket.create_connection, "/other", {"address": 5}, size=1)
    app.routes.compile()
    assert [entry.path for entry in app.routes] == ["/print", "/other"]
    assert len(app.routes) == 2
    assert app.routes[1].target is app.routes[-1:][0].target is socket.create_connection
    with pytest.raises(ValueError, match="unclosed"):
        app.routes.add(print, "^/(")
    app.on_request(print)
    app.add_middleware(min, "response", 1, kwargs={"a": 1})
    below.on_request(max)
    below.on_connect(max)
    app.on_connect(priority=1)(min)
    app.mount("/a/b", below)
    assert app.middlewares == {
        (): {"request": [(999, print, {})], "response": [(1, min, {"a": 1})]},
        (b"a", b"b"): {"request": [(999, max, {})], "response": []},
    }
    assert app.hooks == {
        "worker_start": [],
        "worker_stop": [],
        "connect": [(1, min), (999, max)],
        "close": [],
    }


def test_keep_alive_connections_are_an_ordered_set_with_a_limit():
    kind = importlib.import_module("tremolo.lib.connections").KeepAliveConnections
    connections = kind(maxlen=2)
    for item in "abc":
        connections.add(item)
    assert list(connections) == ["b", "c"]
    connections.discard("b")
    connections.discard("b")
    assert list(connections) == ["c"]
    for wrong in (0, -1, "2"):
        with pytest.raises(ValueError, match="maxlen"):
            kind(maxlen=wrong)
