"""Starlette and FastAPI: their applications, used over sockets."""

import json

from conftest import reset
from frames import Client
from serving import HERE, server_of

server = server_of("frameworks.py:app")
starlette = server_of("frameworks.py:starlette")
mounted = server_of("frameworks.py:mounted")
guarded = server_of("frameworks.py:guarded")


def test_fastapi_converts_arguments(server):
    assert json.loads(server.text("/items/7?q=a%20b")) == {"number": 7, "q": "a b"}
    assert server.get("/items/x").status == 422
    assert json.loads(server.text("/thread")) == {"client": "127.0.0.1", "resource": "ready"}


def test_the_documentation_is_served(server):
    assert "/items/{number}" in json.loads(server.text("/openapi.json"))["paths"]
    assert "swagger-ui" in server.text("/docs")


def test_uploads_arrive(server):
    boundary = "b0undary"
    parts = (
        f"--{boundary}\r\nContent-Disposition: form-data; name=name\r\n\r\nn\r\n"
        f"--{boundary}\r\nContent-Disposition: form-data; name=file; filename=f\r\n\r\n"
    )
    body = parts.encode() + b"x" * 1_000_000 + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    response = server.get("/upload", "POST", body, headers)
    assert json.loads(response.data) == {"name": "n", "size": 1_000_000}


def test_background_tasks_run(server):
    server.text("/seen")
    assert json.loads(server.text("/background")) == "done"
    server.seen("background")


def test_a_stream_whose_client_has_gone_is_closed(server):
    server.text("/seen")
    client = server.connect()
    client.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
    assert client.recv(1000)
    reset(client)
    server.seen("closed")


def test_errors_are_answered(server):
    assert server.get("/fails").status == 500
    response = server.get("/missing")
    assert (response.status, response.getheader("x-own")) == (404, "1")
    assert json.loads(response.data) == {"detail": "not here"}


def test_websockets_are_served(server):
    server.text("/seen")
    client = Client(server.address, "/chat")
    client.send("hello")
    assert client.message() == "HELLO"
    client.close()
    server.seen("left")
    assert Client(server.address, "/nothing").status == "HTTP/1.1 403 Forbidden"


def test_starlette_serves_routes_files_and_middleware(starlette):
    response = starlette.get("/json", "POST", b"body")
    assert json.loads(response.data) == {"path": "/json", "body": "body"}
    assert response.getheader("x-middleware") == "1"
    response = starlette.get("/file", headers={"Range": "bytes=0-9"})
    assert response.data == (HERE / "frameworks.py").read_bytes()[:10]
    assert response.status == 206


def test_applications_are_mounted_below_prefixes(mounted):
    assert json.loads(mounted.text("/api/items/7"))["number"] == 7
    assert json.loads(mounted.text("/api/thread"))["resource"] == "ready"
    assert json.loads(mounted.text("/old/below/json")) == {"path": "/old/below/json", "body": ""}
    assert mounted.text("/own") == "own"
    assert mounted.get("/apiary").status == 404


def test_middleware_of_the_server_runs_around_them(guarded):
    response = guarded.get("/json", "POST", b"body")
    assert json.loads(response.data) == {"path": "/json", "body": "body"}
    names = ("x-request", "x-response", "x-middleware")
    assert [response.getheader(name) for name in names] == ["1", "1", "1"]
    response = guarded.get("/refused")
    assert (response.data, response.getheader("x-response")) == (b"refused", "1")
    assert guarded.get("/file").status == 200
