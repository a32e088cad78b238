"""Which handler serves what; the rules in detail are tests of the engine."""

import asyncio

import pytest
from conftest import rest_of
from tremolo import Application


@pytest.mark.parametrize(
    "path", ["/caf%C3%A9/~user", "/caf%c3%a9/%7euser", "/%63af%c3%a9/%7Euser/"]
)
def test_equivalent_urls_are_one_route_and_the_handler_reads_what_was_sent(server, path):
    response = server.get(path)
    assert (response.status, response.data) == (200, path.encode())


@pytest.mark.parametrize("path", ["//hello", "///hello", "/hello%2F", "//", "/./hello"])
def test_another_path_is_not_served(server, path):
    assert server.get(path).status == 404


def test_the_server_answers_what_no_route_may(server):
    methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    response = server.get("*", method="OPTIONS")
    assert (response.status, response.data, response.headers["Allow"]) == (204, b"", methods)
    response = server.get("/hello", method="TRACE")
    assert (response.status, response.headers["Allow"]) == (405, methods)
    client = server.connect()
    client.sendall(b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
    client.shutdown(1)
    said = rest_of(client)
    assert said.startswith(b"HTTP/1.1 501 "), said
    assert said.count(b"HTTP/1.1 ") == 1, said


@pytest.mark.parametrize("path", ["/todos/:id", "/todos/<id>", "/files/*", "/files/*rest"])
def test_a_path_of_another_router_is_refused_at_once(path):
    with pytest.raises(ValueError, match=r"\{id\}"):
        Application().add_route(print, path)


async def connected(path):
    while True:
        try:
            return await asyncio.open_unix_connection(path)
        except (FileNotFoundError, ConnectionRefusedError):
            await asyncio.sleep(0)


def test_an_application_may_answer_the_options_of_the_server(tmp_path):
    app = Application()
    path = tmp_path / "socket"

    @app.route("*")
    async def options():
        return b"own"

    async def ask():
        serving = asyncio.create_task(app.serve(str(path)))
        reader, writer = await connected(path)
        writer.write(b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        said = await reader.read()
        writer.close()
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        return said

    said = asyncio.run(asyncio.wait_for(ask(), 10))
    assert said.startswith(b"HTTP/1.1 200 OK\r\n"), said
    assert said.endswith(b"\r\n\r\nown"), said
