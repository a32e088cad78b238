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


@pytest.mark.parametrize(
    ("number", "location"),
    list(
        enumerate(
            [
                "/%E2%82%AC",
                "/a%20b",
                "/%FC",
                "/%C3%BC?q=50%25",
                "/%5Cevil.example",
                "https://a.b/c#d",
            ]
        )
    ),
)
def test_an_address_is_encoded_where_it_must_be(server, number, location):
    """RFC 9110 section 10.2.2, RFC 3986 section 2."""
    for more in ("", "&raised=1"):
        response = server.get(f"/redirect-to?n={number}{more}")
        assert (response.status, response.getheader("Location")) == (302, location)


def test_an_address_does_not_split_a_head(server):
    response = server.get("/redirect-split")
    assert (response.status, response.getheader("X-Split")) == (500, None)


@pytest.mark.parametrize(("query", "status"), [("cookies", 302), ("cookies-page", 404)])
def test_a_field_may_come_several_times(server, query, status):
    response = server.get(f"/raise?{query}")
    assert response.status == status
    assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_there_is_no_index_yet(server):
    assert server.get("/").status == 503


@pytest.mark.parametrize(("path", "code"), [("/exit", 3), ("/interrupt", 130)])
def test_what_ends_a_program_ends_the_server(start, path, code):
    program = start()
    with program.connect() as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        status, log = program.wait()
    assert status in (code, -2, 1), log
