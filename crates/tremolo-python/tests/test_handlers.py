"""Handlers of every kind: their arguments, their replies, where they run."""

import asyncio

import pytest
from tremolo import Application
from tremolo._waiting import starter


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
        ("/late-generator", "ab"),
    ],
)
def test_gives(server, path, text):
    assert server.text(path) == text


def test_all_arguments(server):
    given = server.text("/server")
    assert given == "app,context,globals,lock,logger,loop,request,response,sse,websocket"


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


def test_the_task_of_a_handler_has_its_name_its_frame_and_its_result(server):
    assert server.text("/own-task") == "own"
    assert server.text("/task-of-another") == "own result"


def test_who_speaks_while_a_task_is_made_is_heard_in_turn():
    loop, heard = asyncio.new_event_loop(), []

    async def step():
        heard.append("step")

    def get_debug():
        # Asked for in the middle of it; a finalizer can come anywhere.
        del loop.get_debug
        loop.call_soon(heard.append, "other")
        return False

    def begin():
        loop.get_debug = get_debug
        starter(loop)(step())
        assert heard == ["step"]

    loop.call_soon(begin)
    loop.run_until_complete(asyncio.sleep(0.001))
    loop.close()
    assert heard[:2] == ["step", "other"]


def test_a_handler_has_no_more_parameters_than_fit():
    scope = {}
    exec(f"async def handler({', '.join(f'p{n}=0' for n in range(65))}): ...", scope)
    app = Application()
    app.route("/")(scope["handler"])
    with pytest.raises(TypeError, match="too many parameters"):
        asyncio.run(app.serve("127.0.0.1:0"))


def test_plain_functions_run_on_threads(server):
    response = server.get("/sync", method="POST", body=b"x" * 100_000)
    assert response.data == b"x" * 100_000
    assert response.getheader("X-Thread").startswith("tremolo")


def test_plain_generators_read_and_yield(server):
    assert server.text("/sync-yield", method="POST", body=b"a" * 70_000) == "a" * 70_000 + "."
