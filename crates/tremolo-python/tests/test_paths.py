"""Parameters of paths as arguments; which path wins is tested in the engine."""

import asyncio

import pytest
from conftest import LOOPS, Program
from tremolo import Application

KEY = "12345678-1234-5678-1234-56789abcdeF0"


class Paths(Program):
    script = "paths.py"


@pytest.fixture(scope="module", params=LOOPS)
def paths(request):
    program = Paths(request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "Traceback" not in log, log


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/text/a%20%C3%A4%2Fb+/?q", "'a \u00e4/b+'"),
        ("/task/a%41", "'aA'"),
        ("/int/7", "7"),
        ("/int/-007", "-7"),
        ("/int/%37", "7"),
        ("/float/1.5", "1.5"),
        ("/float/-1e3", "-1000.0"),
        (f"/uuid/{KEY}", f"UUID('{KEY.lower()}')"),
        ("/bytes/a%20%FF", "b'a%20%FF' {'id': b'a%20%FF'}"),
        ("/maybe/7", "7"),
        ("/extras/7", "7 1"),
        ("/names/x/7", "'x' 7 1"),
        ("/all/7/x/y", "7 'x/y'"),
        ("/thread/7", "7"),
        ("/yield/7", "7"),
        ("/2026/a.b.html", "2026 'a.b'"),
        ("/files/a/b%2Fc/?x", "'a/b/c/'"),
        ("/view/7", "get 7"),
        ("/view/all", "exact"),
        ("/view/7/8", "expression b'7/8'"),
        ("/inner/7", "mounted 7"),
    ],
)
def test_parameters_are_arguments(paths, path, text):
    response = paths.get(path)
    assert (response.status, response.data.decode()) == (200, text)
    assert response.headers["X-Inner"] == ("yes" if path.startswith("/inner") else None)


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/text/%FF", "{'id': b'%FF'}"),
        ("/int/x", "{'id': b'x'}"),
        ("/int/1_0", "{'id': b'1_0'}"),
        ("/int/%D9%A3", "{'id': b'%D9%A3'}"),
        ("/int/+7", "{'id': b'+7'}"),
        ("/int/" + 5_000 * "1", None),
        ("/float/nan", "{'x': b'nan'}"),
        ("/float/1e999", "{'x': b'1e999'}"),
        ("/uuid/" + KEY.replace("-", ""), None),
        ("/thread/x", "{'id': b'x'}"),
        ("/yield/x", "{'id': b'x'}"),
        ("/lost/x", "{'id': b'x'}"),
        ("/view/x", "{'id': b'x'}"),
        ("/inner/x", "{'id': b'x'}"),
        ("/int/", "()"),
        ("/files/", "()"),
        ("/26/a.html", "()"),
    ],
)
def test_what_cannot_be_converted_is_not_found(paths, path, page):
    response = paths.get(path)
    assert response.status == 404
    assert page is None or response.data.decode() == f"no {path} {page}"


def test_views_of_one_path_are_merged(paths):
    assert paths.text("/view/7", method="PUT", body=b"") == "put '7'"
    response = paths.get("/view/7", method="DELETE")
    assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD, PUT")


def serve(app):
    """Starts a server that cannot start."""
    return asyncio.run(asyncio.wait_for(app.serve("127.0.0.1:0"), 10))


async def handler():
    return "never"


async def other():
    return "never"


class View:
    async def get(self):
        return "never"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/a/{id", "without its }"),
        ("/a/id}", "without its {"),
        ("/{a}/{a}", "two parameters with the name"),
        ("/{*rest}/a", "text behind"),
        ("/{a:(}", "unclosed group"),
        ("/{a:\\d*}", "may be empty"),
        ("/{id:int}", "converter"),
        ("/{request}", "another argument of handlers"),
        ("/{self}", "another argument of handlers"),
    ],
)
def test_an_invalid_path_is_refused_at_once(path, message):
    with pytest.raises(ValueError, match=message):
        Application().add_route(handler, path)
    with pytest.raises(ValueError, match="fixed prefix"):
        Application().mount("/a/{id}", Application())


def test_the_rule_for_names_does_not_hold_for_expressions():
    Application().add_route(handler, "^/(?P<request>.)$")


def test_an_annotation_that_converts_nothing_keeps_the_server_from_starting():
    app = Application()

    @app.route("/{id}")
    async def listed(id: list):  # noqa: A002
        return id

    with pytest.raises(TypeError, match=r"listed: its argument 'id' .* not list"):
        serve(app)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (("/n/{id}", handler), ("/n/{key}", other), 'the paths "/n/{id}" and "/n/{key}" match'),
        (("/n/{id}", handler), ("n/{id}/", other), 'the path "/n/{id}" is served twice'),
        (("/n/{id}", View), ("/n/{id}", View), 'GET of the path "/n/{id}" is served twice'),
        (("/n/{id}", View), ("/n/{id}", handler), 'the path "/n/{id}" is served twice'),
        (("/n/{id}", handler), ("/n/{id}", View), 'the path "/n/{id}" is served twice'),
    ],
)
def test_paths_that_match_the_same_requests_are_named_with_both_places(first, second, message):
    app = Application()
    for path, target in (first, second):
        app.add_route(target, path)
    with pytest.raises(ValueError, match=r"first .*, then ") as raised:
        serve(app)
    text = str(raised.value)
    assert text.startswith(message)
    assert text.count("test_paths.py:") == 2
    if first[1] is handler:
        assert f"first {__file__}:{handler.__code__.co_firstlineno}, then" in text


def test_places_are_named_across_mounts_and_for_views_without_sources():
    app, below = Application(), Application()
    app.add_route(handler, "/m/{a}")
    below.add_route(type("Made", (), {"get": other}), "/{b}")
    app.mount("/m", below)
    with pytest.raises(ValueError, match=r'"/m/{a}" and "/m/{b}".*: first .*test_paths.py:\d+'):
        serve(app)


def test_exact_paths_and_expressions_may_be_registered_again(caplog):
    """As in the original: the later one serves. The log names both places of an exact path."""
    app = Application()
    for path, target in (("/a", handler), ("/a", other), ("^/a$", handler), ("^/a$", other)):
        app.add_route(target, path)

    @app.on_worker_start
    async def refuse():
        raise LookupError("it has started")

    with pytest.raises(LookupError):
        serve(app)
    [line] = [record.message for record in caplog.records if "twice" in record.message]
    assert line.startswith('the path "/a" is served twice: first ')
    assert line.count("test_paths.py:") == 2
