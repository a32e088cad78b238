"""Errors for people and for programs: the format that the client accepts, and the reason."""

import json

import pytest
from conftest import Program

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
PROGRAM = "application/json, text/plain, */*"


class WithErrors(Program):
    script = "problems.py"


@pytest.fixture(scope="module")
def server():
    program = WithErrors("asyncio")
    yield program
    program.stop()


@pytest.fixture(scope="module")
def api():
    program = WithErrors("asyncio", "problem_details")
    yield program
    program.stop()


def ask(server, path, accept=None, method="GET", body=None, **fields):
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    if accept is not None:
        headers["Accept"] = accept
    return server.get(path, method, body, headers)


def problem(response):
    assert response.getheader("Content-Type") == "application/problem+json"
    return json.loads(response.data)


@pytest.mark.parametrize("accept", [None, "*/*", BROWSER])
def test_pages_are_html_unless_the_client_prefers_another_format(server, accept):
    response = ask(server, "/conflict", accept)
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"
    assert b"<h1>Conflict</h1><p>&lt;taken&gt;</p><p>field: name</p>" in response.data
    assert response.getheader("Vary") == (None if accept is None else "Accept")


def test_a_program_that_accepts_json_gets_problem_details(server):
    response = ask(server, "/conflict", PROGRAM)
    assert problem(response) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "<taken>",
        "field": "name",
    }
    assert response.getheader("Vary") == "Accept"


def test_a_client_that_accepts_only_text_gets_text(server):
    response = ask(server, "/conflict", "text/plain")
    assert response.getheader("Content-Type") == "text/plain; charset=utf-8"
    assert response.data == b"409 Conflict\n<taken>\nfield: name\n"


def test_the_reason_of_a_refusal_is_a_member(server):
    too_large = ask(server, "/read", PROGRAM, "POST", b"longer than sixteen")
    assert (too_large.status, problem(too_large)["limit"]) == (413, "client_max_body_size")
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    coded = ask(server, "/form", PROGRAM, "POST", b"a=1", Content_Encoding="gzip", **form)
    assert (coded.status, problem(coded)["field"]) == (415, "Content-Encoding")
    assert coded.getheader("Accept-Encoding") == "identity"


def test_a_head_that_cannot_be_used_has_no_format(server, api):
    """Nothing of it counts, its `Accept` neither."""
    response = ask(server, "/read", PROGRAM, Expect="x")
    assert (response.status, b"<p>field: Expect</p>" in response.data) == (417, True)
    assert problem(ask(api, "/read", Expect="x"))["field"] == "Expect"


@pytest.mark.parametrize("accept", [None, PROGRAM, "text/plain"])
def test_nothing_internal_is_in_any_format(server, accept):
    response = ask(server, "/secret", accept)
    assert response.status == 500
    assert b"secret" not in response.data


def test_an_errors_own_content_is_left_alone(server, api):
    for program in (server, api):
        response = ask(program, "/own", PROGRAM)
        assert response.getheader("Content-Type") == "application/json"
        assert (response.status, response.data) == (400, b'{"own": true}')


def test_a_page_that_keeps_the_built_in_one_keeps_its_format(server):
    assert problem(ask(server, "/kept", PROGRAM))["status"] == 403
    response = ask(server, "/kept")
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"
    response = ask(server, "/page", PROGRAM)
    assert response.getheader("Content-Type") == "text/html; charset=utf-8"
    assert response.data == b"<b>gone"


@pytest.mark.parametrize("accept", [None, "*/*", BROWSER, PROGRAM, "text/plain"])
@pytest.mark.parametrize(("path", "status"), [("/conflict", 409), ("/nowhere", 404)])
def test_an_option_gives_every_client_problem_details(api, accept, path, status):
    response = ask(api, path, accept)
    assert problem(response)["status"] == response.status == status
    assert response.getheader("Vary") is None


def test_the_default_content_type_is_an_option(server, api):
    assert ask(server, "/").getheader("Content-Type") == "text/html; charset=utf-8"
    for path in ("/", "/yield"):
        assert ask(api, path).getheader("Content-Type") == "text/plain"
    assert ask(api, "/typed").getheader("Content-Type") == "image/png"
