"""What handlers raise, as the client sees it."""

import pytest


def test_http_exceptions_are_answers(server):
    response = server.get("/raise?forbidden")
    assert response.status == 403
    assert b"go &lt;away&gt;" in response.data
    assert server.get("/raise?fields").getheader("Retry-After") == "7"
    text = server.get("/raise?text")
    assert (text.status, text.data) == (400, b"plain")
    assert text.getheader("Content-Type") == "text/plain"


def test_other_exceptions_keep_their_text(server):
    response = server.get("/raise?key")
    assert response.status == 500
    assert b"secret" not in response.data


@pytest.mark.parametrize("path", ["/raise?page", "/nowhere"])
def test_pages_may_wait(server, path):
    response = server.get(path)
    assert response.status == 404
    assert response.data.decode() == f"<p>custom 404 {path.partition('?')[0]}</p>"


def test_a_redirect_keeps_cookies(server):
    response = server.get("/redirect")
    assert (response.status, response.reason) == (303, "See Other")
    assert response.getheader("Location") == "/hello"
    assert response.getheader("Set-Cookie") == "a=1; path=/"


@pytest.mark.parametrize(("query", "status"), [("cookies", 302), ("cookies-page", 404)])
def test_a_field_may_come_several_times(server, query, status):
    response = server.get(f"/raise?{query}")
    assert response.status == status
    assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_there_is_no_index_yet(server):
    assert server.get("/").status == 503
