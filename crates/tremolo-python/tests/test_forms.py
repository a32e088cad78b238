"""Forms of both kinds, small and large."""

import ast

import pytest

BOUNDARY = "x-y-z"
TYPE = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def multipart(*parts):
    out = b""
    for disposition, data in parts:
        out += f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode()
        out += data + b"\r\n"
    return out + f"--{BOUNDARY}--\r\n".encode()


SMALL = multipart(('name="a"', b"1"), ('name="f"; filename="x.txt"', b"text"))


def test_urlencoded(server):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    got = server.text("/form", method="POST", body=b"a=1&a=%C3%A9&b=", headers=headers)
    assert ast.literal_eval(got) == ({"a": ["1", "é"]}, {})


def test_multipart_form(server):
    post, files = ast.literal_eval(server.text("/form", method="POST", body=SMALL, headers=TYPE))
    assert post == {"a": ["1"]}
    assert files == {"f": [{"name": "f", "filename": "x.txt", "data": b"text", "eof": True}]}


@pytest.mark.parametrize("size", [0, 1, 20_000, 3_000_000])
def test_files(server, size):
    body = multipart(('name="a"', b"1"), ('name="f"; filename="x"', b"d" * size))
    seen = ast.literal_eval(server.text("/files", method="POST", body=body, headers=TYPE))
    assert seen == [("a", None, 1, True), ("f", "x", size, True)]


def test_a_large_part_comes_in_steps(server):
    body = multipart(('name="f"', b"d" * 1000), ('name="a"', b""))
    seen = ast.literal_eval(server.text("/files?400", method="POST", body=body, headers=TYPE))
    steps = [("f", None, 400, False), ("f", None, 400, False), ("f", None, 200, True)]
    assert seen == [*steps, ("a", None, 0, True)]


def test_streams_of_large_parts(server):
    body = multipart(('name="f"; filename="x"', b"d" * 3_000_000), ('name="a"', b"12"))
    assert server.text("/part-stream", method="POST", body=body, headers=TYPE) == "3000002"


def test_what_is_no_form_is_refused(server):
    assert server.get("/form", method="POST", body=b"{}").status == 415
    assert server.get("/form", method="POST", body=SMALL[:-8], headers=TYPE).status == 400
    many = "&".join("a=1" for _ in range(101)).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert server.get("/form", method="POST", body=many, headers=headers).status == 413
