"""Errors for people and for programs: the format that the client accepts, and the reason."""

import gzip
import json
import zlib

import pytest
from conftest import Program
from tremolo import Application

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
    too_large = ask(server, "/read", PROGRAM, "POST", b"a" * 10_001)
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


FORM = "application/x-www-form-urlencoded"
#: `a=1&a=2` in Brotli: one metablock that is not compressed, and an empty last one.
BROTLI = b"\x0b\x03\x80a=1&a=2\x03"


def coded(server, path, coding, body, content_type=FORM):
    fields = {"Content_Encoding": coding, "Content_Type": content_type}
    return ask(server, path, None, "POST", body, **fields)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"a=1&a=2", mtime=0)),
        ("x-gzip", gzip.compress(b"a=1", mtime=0) + gzip.compress(b"&a=2", mtime=0)),
        ("deflate", zlib.compress(b"a=1&a=2")),
        ("br", BROTLI),
        ("identity", b"a=1&a=2"),
    ],
)
def test_a_body_in_a_coding_is_decoded_where_the_route_asks_for_it(server, coding, body):
    assert coded(server, "/decoded", coding, body).data == b"a=1&a=2"
    assert coded(server, "/decoded-form", coding, body).data == b"{'a': ['1', '2']}"
    assert coded(server, "/decoded-pieces", coding, body).data == b"7"
    # Without it the bytes are those that were sent, and a form is refused.
    assert coded(server, "/read", coding, body).data == body
    assert coded(server, "/form", coding, body).status == (200 if coding == "identity" else 415)


def test_a_multipart_form_in_a_coding_is_decoded(server):
    form = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'
    kind = "multipart/form-data; boundary=b"
    response = coded(server, "/decoded-form", "gzip", gzip.compress(form), kind)
    assert response.data == b"{'a': ['1']}"


@pytest.mark.parametrize(("length", "status"), [(1000, 200), (1001, 413), (1 << 22, 413)])
def test_a_body_is_refused_when_it_has_become_too_long(server, length, status):
    """CWE-409."""
    response = coded(server, "/decoded", "gzip", gzip.compress(b"a" * length))
    assert response.status == status
    if status == 413:
        assert b"<p>limit: decompression</p>" in response.data


def test_a_long_body_is_decoded_in_pieces(server):
    response = coded(server, "/decoded-pieces", "gzip", gzip.compress(bytes(1 << 22)))
    assert response.data == b"4194304"


def test_what_is_not_in_its_coding_is_refused(server):
    whole = gzip.compress(b"a=1")
    for body in (b"no gzip", whole[:-1], whole + b"more"):
        assert coded(server, "/decoded", "gzip", body).status == 400
    response = coded(server, "/decoded-form", "compress", b"a=1")
    assert response.status == 415
    assert response.getheader("Accept-Encoding") == "br, deflate, gzip, zstd"


@pytest.mark.parametrize(
    ("limit", "error"),
    [("1", TypeError), (True, TypeError), (-1, ValueError), (1 << 64, ValueError)],
)
def test_a_limit_that_is_none_is_refused_where_it_is_registered(limit, error):
    with pytest.raises(error, match="decompress"):
        Application().add_route(lambda request: None, "/", decompress=limit)


def test_the_default_content_type_is_an_option(server, api):
    assert ask(server, "/").getheader("Content-Type") == "text/html; charset=utf-8"
    for path in ("/", "/yield"):
        assert ask(api, path).getheader("Content-Type") == "text/plain"
    assert ask(api, "/typed").getheader("Content-Type") == "image/png"
