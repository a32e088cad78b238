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


URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(("path", "kind"), [("/form", URLENCODED), ("/sync-form", URLENCODED)])
def test_a_form_in_a_coding_is_refused(server, path, kind):
    """RFC 9110 sections 12.5.3 and 15.5.16."""
    headers = {"Content-Type": kind, "Content-Encoding": "gzip"}
    response = server.get(path, method="POST", body=b"a=1", headers=headers)
    assert (response.status, response.getheader("Accept-Encoding")) == (415, "identity")
    assert server.text("/echo", method="POST", body=b"a=1", headers=headers) == "a=1"
    headers["Content-Encoding"] = "identity"
    assert server.get(path, method="POST", body=b"a=1", headers=headers).status == 200


@pytest.mark.parametrize("path", ["/form", "/files", "/part-stream"])
def test_a_multipart_form_in_a_coding_is_refused(server, path):
    response = server.get(
        path, method="POST", body=SMALL, headers={**TYPE, "Content-Encoding": "br"}
    )
    assert (response.status, response.getheader("Accept-Encoding")) == (415, "identity")


@pytest.mark.parametrize(
    ("charset", "body", "expected"),
    [
        ("", b"\xef\xbb\xbfa=1", {"a": ["1"]}),
        ("; charset=iso-8859-1", b"a=%E9+\xfc%26", {"a": ["\u00e9 \u00fc&"]}),
        ("; charset='utf-8'", b"a=%C3%A9", {"a": ["\u00e9"]}),
    ],
)
def test_a_form_has_the_charset_that_it_declares(server, charset, body, expected):
    headers = {"Content-Type": URLENCODED + charset}
    got = server.text("/form", method="POST", body=body, headers=headers)
    assert ast.literal_eval(got) == (expected, {})


def test_an_unknown_charset_is_refused(server):
    headers = {"Content-Type": URLENCODED + "; charset=unheard-of"}
    assert server.get("/form", method="POST", body=b"a=1", headers=headers).status == 415


def test_a_part_has_the_charset_that_it_declares(server):
    kind = b"\r\nContent-Type: text/plain; charset="
    body = multipart(('name="a"', b"caf\xe9")).replace(b'"a"', b'"a"' + kind + b"latin1")
    post, _ = ast.literal_eval(server.text("/form", method="POST", body=body, headers=TYPE))
    assert post == {"a": ["caf\u00e9"]}
    unknown = body.replace(b"latin1", b"unheard-of")
    assert server.get("/form", method="POST", body=unknown, headers=TYPE).status == 415


def test_file_names_as_phones_send_them(server):
    """RFC 6266 section 4.3."""
    for disposition in (
        'name="f"; filename="x"; filename*=utf-16\'\'y',
        "name=f; filename*=UTF-8''%ff; filename = x",
    ):
        body = multipart((disposition, b"d"))
        seen = ast.literal_eval(server.text("/files", method="POST", body=body, headers=TYPE))
        assert seen == [("f", "x", 1, True)]


def test_what_is_no_form_is_refused(server):
    assert server.get("/form", method="POST", body=b"{}").status == 415
    assert server.get("/form", method="POST", body=SMALL[:-8], headers=TYPE).status == 400
    many = "&".join("a=1" for _ in range(101)).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert server.get("/form", method="POST", body=many, headers=headers).status == 413
