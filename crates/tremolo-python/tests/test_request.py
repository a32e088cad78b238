"""The request object: the head, and every way to read the body."""

import ast

import pytest

BODY = bytes(range(256)) * 1000


def chunks():
    for start in range(0, len(BODY), 10_000):
        yield BODY[start : start + 10_000]


@pytest.mark.parametrize("path", ["/echo", "/echo-stream"])
def test_reads_bodies_by_length_and_chunked(server, path):
    assert server.get(path, method="POST", body=BODY).data == BODY
    assert server.get(path, method="POST", body=chunks()).data == BODY
    assert server.get(path).data == b""


def test_reads_in_any_mixture(server):
    assert server.get("/read", method="POST", body=BODY).data == BODY[:4] + b"|" + BODY[4:]


def test_the_whole_body_is_kept(server):
    assert server.text("/body-twice", method="POST", body=b"x") == "bytearray"


def test_members(server):
    headers = {"Cookie": 'a=1; b="2"; a=3', "X-A": "1, 2", "Content-Type": "text/x"}
    seen = ast.literal_eval(server.text("/request?q=1&q=2&empty=", headers=headers))
    host = "{}:{}".format(*server.address).encode()
    assert seen["headers"] == {
        b"host": [host],
        b"accept-encoding": [b"identity"],
        b"cookie": [b'a=1; b="2"; a=3'],
        b"x-a": [b"1, 2"],
        b"content-type": [b"text/x"],
    }
    del seen["headers"]
    assert seen == {
        "method": b"GET",
        "url": b"/request?q=1&q=2&empty=",
        "path": b"/request",
        "query_string": b"q=1&q=2&empty=",
        "version": b"1.1",
        "host": host,
        "scheme": b"http",
        "is_secure": False,
        "query": {"q": ["1", "2"]},
        "cookies": {"a": ["1", "3"], "b": ["2"]},
        "content_type": b"text/x",
        "content_length": -1,
        "has_body": False,
        "is_valid": True,
        "ip": b"127.0.0.1",
        "uid": 24,
    }


def test_believes_a_trusted_proxy(server):
    headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    seen = ast.literal_eval(server.text("/request", headers=headers))
    assert (seen["ip"], seen["scheme"], seen["is_secure"]) == (b"192.0.2.7", b"https", True)


def test_a_read_may_have_a_time_limit(server):
    with server.connect() as client:
        client.sendall(b"POST /read-timeout HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1")
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 408 ")
