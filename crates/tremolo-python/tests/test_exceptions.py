"""How exceptions are made, one from the other: each row was observed in the original."""

import pytest
from tremolo import exceptions
from tremolo.exceptions import (
    BadRequest,
    HTTPException,
    HTTPRedirect,
    InternalServerError,
    NotFound,
    RequestTimeout,
    TooManyRequests,
    WebSocketClientClosed,
    WebSocketException,
    WebSocketServerClosed,
)


class Teapot(HTTPException):
    code = 418
    message = "Teapot"


CODES = {
    "HTTPException": 500,
    "HTTPRedirect": 302,
    "BadRequest": 400,
    "Unauthorized": 401,
    "Forbidden": 403,
    "NotFound": 404,
    "MethodNotAllowed": 405,
    "RequestTimeout": 408,
    "PreconditionFailed": 412,
    "PayloadTooLarge": 413,
    "RangeNotSatisfiable": 416,
    "ExpectationFailed": 417,
    "TooManyRequests": 429,
    "InternalServerError": 500,
    "ServiceUnavailable": 503,
    "WebSocketException": 1011,
    "WebSocketClientClosed": 1005,
    "WebSocketServerClosed": 1011,
}


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_every_class_has_its_code(name, code):
    error = getattr(exceptions, name)("why")
    assert isinstance(error, HTTPException)
    assert (error.code, error.args, str(error)) == (code, ("why",), "why")
    assert type(error)().args == ()


ROOTS = {
    "TremoloException": Exception,
    "ASGIException": exceptions.TremoloException,
    "ASGIConnectionError": OSError,
    "LifespanError": exceptions.ASGIException,
    "LifespanProtocolUnsupported": exceptions.ASGIException,
}


@pytest.mark.parametrize(("name", "base"), ROOTS.items())
def test_the_others_have_their_base(name, base):
    kind = getattr(exceptions, name)
    assert kind.__bases__ == (base,)
    assert str(kind("a")) == "a"
    assert kind.__name__ == "ASGIConnectionError" or str(kind())


#: What is made; its class, code, text.
MADE = [
    (lambda: HTTPException(), HTTPException, 500, "Internal Server Error"),
    (lambda: HTTPException("a", "b"), HTTPException, 500, "a b"),
    (lambda: HTTPException(3, "b", "c"), HTTPException, 500, "3: b c"),
    (lambda: HTTPException(3), HTTPException, 500, "3"),
    (lambda: HTTPException(""), HTTPException, 500, ""),
    (lambda: HTTPException(code=418, message="Teapot"), HTTPException, 418, "Teapot"),
    (lambda: TooManyRequests(code=431), TooManyRequests, 431, "Too Many Requests"),
    (lambda: HTTPException(code="x", message=3), HTTPException, 500, "Internal Server Error"),
    (lambda: HTTPException(cause=TimeoutError("t")), RequestTimeout, 408, "t"),
    (lambda: HTTPException(cause=ValueError("v", 1)), InternalServerError, 500, "v 1"),
    (lambda: HTTPException(cause=OSError(2, "gone")), InternalServerError, 500, "2: gone"),
    (lambda: HTTPException(cause=KeyError()), InternalServerError, 500, "Internal Server Error"),
    (lambda: HTTPException("own", cause=ValueError("v")), InternalServerError, 500, "own"),
    (lambda: BadRequest(cause=ValueError("v")), BadRequest, 400, "v"),
    (lambda: Teapot(cause=TimeoutError()), Teapot, 418, "Teapot"),
    (lambda: BadRequest(cause=NotFound("n")), NotFound, 404, "n"),
    (lambda: HTTPException(cause=WebSocketServerClosed("w")), WebSocketServerClosed, 1011, "w"),
    (lambda: WebSocketException(cause=NotFound("n")), WebSocketException, 1011, "n"),
    (lambda: WebSocketServerClosed(cause=ValueError("v")), WebSocketServerClosed, 1011, "v"),
    (
        lambda: WebSocketClientClosed("c", cause=WebSocketServerClosed("w")),
        WebSocketClientClosed,
        1005,
        "c",
    ),
]


@pytest.mark.parametrize(("make", "kind", "code", "text"), MADE)
def test_classes_codes_and_texts(make, kind, code, text):
    error = make()
    assert type(error) is kind
    assert (error.code, str(error)) == (code, text)


def test_an_answer_is_not_wrapped_but_completed():
    first = NotFound("x", a="1")
    assert HTTPException(cause=first) is first
    assert BadRequest(cause=first) is first
    assert (first.args, first.options, first.__cause__) == (("x",), {"a": "1"}, None)
    again = HTTPException("y", cause=first, code=410, message="Gone", b="2")
    assert again is first
    assert (first.args, first.code, first.message) == (("y",), 410, "Gone")
    assert first.options == {"b": "2"}


@pytest.mark.parametrize("kind", [HTTPException, BadRequest, WebSocketException])
def test_what_is_wrapped_is_the_cause(kind):
    cause = ValueError("v")
    error = kind(cause=cause)
    assert error.__cause__ is cause
    assert error.args == cause.args


def test_a_socket_that_has_ended_wraps_an_answer():
    cause = NotFound("x", a="1")
    error = WebSocketException(cause=cause)
    assert error.__cause__ is cause
    assert error.options == {}


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        (None, "utf-8"),
        ("text/plain", "utf-8"),
        ("text/plain; charset=", "utf-8"),
        ("text/plain; charset=latin-1", "latin-1"),
        ('text/plain;Charset="latin-1"; a=b', "latin-1"),
        (b"text/plain; charset=ascii", "ascii"),
    ],
)
def test_the_encoding_is_that_of_the_content_type(content_type, encoding):
    assert HTTPException(content_type=content_type).encoding == encoding


def test_options_are_fields():
    error = HTTPRedirect(location="/x", Retry_After=7, set_cookie=["a=1", b"b=2"], allow=b"GET")
    assert error.fields == [
        (b"Location", b"/x"),
        (b"Retry-After", b"7"),
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"Allow", b"GET"),
    ]
