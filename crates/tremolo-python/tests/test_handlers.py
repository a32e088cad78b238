"""Handlers of every kind: their arguments, their replies, where they run."""

import pytest


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/hello", "Hello World!"),
        ("/args", "3 3"),
        ("/task", "ab"),
        ("/timeout", "timed out"),
        ("/other-thread", "set"),
        ("/yield-wait", "012"),
        ("/yield-buffered", "ab"),
        ("/variable-yield", "1kept"),
        ("/sync-write", "ab"),
    ],
)
def test_gives(server, path, text):
    assert server.text(path) == text


def test_all_arguments(server):
    given = server.text("/server")
    assert given == "app,context,globals,logger,loop,request,response,sse,websocket"


def test_options_of_a_route_are_said_of_the_head(server):
    response = server.get("/options")
    assert (response.status, response.reason, response.data) == (418, "Teapot", b"short")
    assert response.getheader("Content-Type") == "text/plain"
    assert response.getheader("Transfer-Encoding") == "chunked"


@pytest.mark.parametrize("path", ["/variable", "/variable-task"])
def test_context_variables_do_not_leak(server, path):
    first = server.text(path)
    assert first.startswith("unset")
    assert server.text(path) == first
    assert server.text("/variable") == "unset"


def test_plain_functions_run_on_threads(server):
    response = server.get("/sync", method="POST", body=b"x" * 100_000)
    assert response.data == b"x" * 100_000
    assert response.getheader("X-Thread").startswith("tremolo")


def test_plain_generators_read_and_yield(server):
    assert server.text("/sync-yield", method="POST", body=b"a" * 70_000) == "a" * 70_000 + "."
