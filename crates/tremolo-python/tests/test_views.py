"""Views and patterns: what is refused where it is registered, and when the server starts."""

import asyncio
import types

import pytest
from tremolo import Application


class Empty:
    attribute = 5

    async def _hidden(self):
        return "hidden"


@pytest.mark.parametrize("view", [5, None, "text", Empty, Empty(), types.ModuleType("empty")])
def test_a_view_without_methods_is_refused_at_once(view):
    with pytest.raises(TypeError, match="view with methods"):
        Application().add_route(view, "/")


@pytest.mark.parametrize("path", [r"^/(?P<id>\d+", r"^/(?=a)", r"^/(a)\1$"])
def test_a_pattern_that_cannot_be_used_is_refused_at_once(path):
    with pytest.raises(ValueError, match="pattern"):
        Application().add_route(print, path)


@pytest.mark.parametrize("path", ["/users/5", r"^/users/(\d+)", r"^/users/(?P<number>\d+)"])
def test_an_argument_must_be_a_group_of_the_pattern(path):
    app = Application()

    @app.route(path)
    async def user(id):  # noqa: A002
        return id

    with pytest.raises(TypeError, match="'id'"):
        asyncio.run(app.serve("127.0.0.1:0"))


def test_a_method_that_no_request_has_keeps_the_server_from_starting():
    app = Application()

    @app.route("/tunnel")
    class Tunnel:
        async def connect(self):
            return "never"

    with pytest.raises(ValueError, match="CONNECT"):
        asyncio.run(app.serve("127.0.0.1:0"))


def test_routes_have_their_methods_and_places():
    app = Application()

    @app.route("/page")
    async def page():
        return "page"

    @app.route("/view")
    class View:
        async def get(self):
            return "got"

        async def propfind(self):
            return "found"

    app.add_route(View(), "/instance")
    app.add_route(print, "/print")
    code = page.__code__
    listed = [(entry.path, entry.methods, entry.location) for entry in app.routes]
    assert listed[0] == ("/page", None, (code.co_filename, code.co_firstlineno))
    assert [entry[:2] for entry in listed[1:]] == [
        ("/view", ["GET", "PROPFIND"]),
        ("/instance", ["GET", "PROPFIND"]),
        ("/print", None),
    ]
    assert listed[1][2] == listed[2][2]
    assert listed[1][2][0] == __file__
    assert listed[3][2] is None
