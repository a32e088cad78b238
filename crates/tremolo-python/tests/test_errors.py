"""What handlers raise, as the client sees it."""

import re

import pytest
from conftest import rest_of


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


@pytest.mark.parametrize(("query", "status"), [("error", 500), ("refusal", 403), ("field", 500)])
def test_an_exception_without_a_text_is_answered(start, query, status):
    program = start()
    assert program.get(f"/hostile?{query}").status == status
    assert program.get("/hello").data == b"Hello World!"
    code, log = program.stop()
    assert code == 0
    assert "Logging error" not in log
    if status == 500:
        assert "ERROR: " in log


def test_a_callback_that_fails_without_a_text_keeps_no_other_from_being_served(start):
    program = start()
    assert program.get("/hostile?callback").data == b"later"
    assert program.get("/hello").data == b"Hello World!"
    code, log = program.stop()
    assert code == 0
    assert "close callback: <Hostile>" in log


def test_what_an_exception_says_does_not_forge_a_line(start):
    program = start()
    assert program.get("/hostile?chain").status == 500
    assert program.get("/refused").status == 403
    with program.connect() as client:
        # A line separator of Unicode, as raw bytes in the path.
        client.sendall(b"GET /nowhere\xc2\x85x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert rest_of(client).startswith(b"HTTP/1.1 404 ")
    _, log = program.stop()
    assert "\x1b" not in log
    assert "\x85" not in log
    # Of a group, the exception in it, its note, and the refusal.
    assert log.count(r"one\r\n[2026] ERROR: forged\u{1b}[2J") == 4, log
    assert "RuntimeError: outer" in log
    assert not [line for line in log.splitlines() if line.startswith("[2026] ERROR")], log


def test_the_warning_of_a_timeout_names_client_method_and_url(start):
    program = start("0.1")
    with program.connect() as client:
        client.sendall(b"GET /forever?a=1 HTTP/1.1\r\nHost: x\r\n\r\n")
        rest_of(client)
    _, log = program.stop()
    warning = (
        r"WARNING: handler cancelled: the handler took too long: client 127\.0\.0\.1:\d+, GET "
    )
    assert len(re.findall(warning + r"/forever\?a=1\n", log)) == 1, log


@pytest.mark.parametrize("path", ["/flood", "/flood-waiting", "/flood-thread"])
def test_the_warning_of_a_slow_reader_names_client_method_and_url(run, path):
    program = run(write_timeout=0.1)
    with program.send(f"{path}?a=2") as client:
        assert client.recv(1) == b"H"
        # The server ends when it has given the client up.
        code, log = program.stop()
    assert code == 0, log
    warning = (
        r"WARNING: a connection was cut: the peer takes no data: client 127\.0\.0\.1:\d+, GET "
    )
    assert len(re.findall(warning + rf"{path}\?a=2\n", log)) == 1, log
