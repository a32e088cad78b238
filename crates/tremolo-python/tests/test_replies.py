"""What a handler may return, and what comes of what it may not."""

import pytest
from conftest import LOOPS, Program, rest_of

DESCRIPTIONS = {
    "dict": "dict {'a': 1}",
    "list": "list ['a']",
    "int": "int 42",
    "float": "float 0.5",
    "false": "bool False",
    "tuple": "tuple ()",
    "object": "object <object objec",
}


@pytest.fixture(params=LOOPS)
def program(request):
    program = Program(request.param)
    yield program
    if program.process.poll() is None:
        program.stop()


def test_what_is_no_body_is_an_error_of_its_handler(program):
    for name in DESCRIPTIONS:
        response = program.get(f"/no-body?{name}")
        assert response.status == 500, name
        assert b"no_body" not in response.data
    code, log = program.stop()
    assert code == 0
    for name, description in DESCRIPTIONS.items():
        assert f"<Request GET /no-body?{name}> failed" in log
        assert f"handler __main__.no_body returned {description}" in log


@pytest.mark.parametrize("kind", ["task", "thread"])
def test_handlers_of_every_kind_are_named(program, kind):
    assert program.get(f"/no-body-{kind}").status == 500
    _, log = program.stop()
    assert f"handler __main__.no_body_in_{kind} returned dict" in log


def test_what_is_no_body_cuts_a_response_that_has_begun(program):
    with program.connect() as client:
        client.sendall(b"GET /no-body-late HTTP/1.1\r\nHost: x\r\n\r\n")
        assert rest_of(client).endswith(b"5\r\nbegun\r\n")


def test_what_is_no_body_changes_nothing_of_a_response_that_has_ended(program):
    assert program.text("/no-body-ended") == "whole"
    _, log = program.stop()
    assert "handler __main__.no_body_ended returned int 1" in log


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("bytes", b"raw"),
        ("text", b"one"),
        ("one", b"one"),
        ("three", b"\xe9"),
        ("array", b"q"),
    ],
)
def test_tuples_are_sent_as_the_original_sends_them(server, name, sent):
    response = server.get(f"/tuples?{name}")
    assert (response.status, response.data) == (200, sent)


def test_six_values_are_no_answer_of_the_server(server):
    assert server.get("/six").status == 500


def test_memory_of_any_kind_is_sent_byte_by_byte(server):
    response = server.get("/integers")
    assert (response.status, response.data) == (200, b"abcdefghefghabcdabcdefgh")
