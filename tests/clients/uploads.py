"""Uploads with the clients of Python's standard library; the address is the only argument.

Prints nothing and exits with 0 if the server of the request object does what it should.
"""

import http.client
import sys
import urllib.error
import urllib.request

ADDRESS = sys.argv[1]
HOST = ADDRESS.removeprefix("http://")
MIB = 1 << 20


def ask(method, path, body=None, headers=None, **options):
    connection = http.client.HTTPConnection(HOST, timeout=20)
    connection.request(method, path, body, headers or {}, **options)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def expect(got, wanted):
    assert got == wanted, (got, wanted)


def pieces(count):
    piece = bytes(MIB)
    for _ in range(count):
        yield piece


# One connection, several requests, lengths and chunks.
connection = http.client.HTTPConnection(HOST, timeout=20)
for number in range(3):
    for body, options in [
        (b"x" * 100_000, {}),
        (iter([b"x" * 60_000, b"x" * 40_000]), {"encode_chunked": True}),
    ]:
        headers = {"Transfer-Encoding": "chunked"} if options else {}
        connection.request("POST", "/count", body, headers, **options)
        answer = connection.getresponse()
        expect((answer.status, answer.read()), (200, b"100000\n"))
connection.close()

# An early refusal, while 100 MiB are on their way.
length = {"Content-Length": str(100 * MIB)}
for path, why in [("/early", "1000 bytes are enough"), ("/read", "request body too large")]:
    for headers, options in [(length, {}), ({}, {"encode_chunked": True})]:
        status, page = ask("POST", path, pieces(100), headers, **options)
        expect((status, why in page), (413, True))
    try:
        urllib.request.urlopen(ADDRESS + path, data=bytes(100 * MIB), timeout=20)
        raise AssertionError("not refused")
    except urllib.error.HTTPError as error:
        expect((error.code, why in error.read().decode()), (413, True))

# Heads over their limits.
for fields, path, refusal in [
    ({}, "/" + "x" * 100_000, 414),
    ({"X": "y" * 60_000}, "/", 431),
]:
    status, _ = ask("POST", path, bytes(MIB), fields)
    expect(status, refusal)

# urllib has no encoder for multipart; this is what the `requests` and `httpx` packages send.
BOUNDARY = "b3f1c1a09d8e4a55"
BODY = (
    f"--{BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="note"\r\n\r\n'
    "caf\u00e9\r\n"
    f"--{BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="file"; filename="a.txt"\r\n'
    "Content-Type: text/plain\r\n\r\n"
    "hello\r\n"
    f"--{BOUNDARY}--\r\n"
).encode()
kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
request = urllib.request.Request(ADDRESS + "/files", BODY, kind)
with urllib.request.urlopen(request, timeout=20) as answer:
    expect(answer.read(), b"note,,,5,true\nfile,a.txt,text/plain,5,true\n")
request = urllib.request.Request(ADDRESS + "/form", b"b=2&a=1")
with urllib.request.urlopen(request, timeout=20) as answer:
    expect(answer.read(), b"a=1\nb=2\n")
