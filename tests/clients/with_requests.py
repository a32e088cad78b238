"""Ranges, conditions and uploads with the package `requests`.

Arguments: the address of the files example, that of the request object's, the file behind `/file`.
Prints nothing and exits with 0 if the servers do what they should.
"""

import hashlib
import sys
from pathlib import Path

import requests

FILES, REQUEST_OBJECT = sys.argv[1:3]
CONTENT = Path(sys.argv[3]).read_bytes()
SIZE = len(CONTENT)

session = requests.Session()
# Whatever proxy the environment names is not for loopback.
session.trust_env = False


def get(path="/file", **fields):
    fields = {name.replace("_", "-"): value for name, value in fields.items()}
    return session.get(FILES + path, headers=fields, timeout=30)


def expect(got, wanted):
    # Bodies are megabytes: compared, and not printed.
    assert got == wanted, (str(got)[:200], str(wanted)[:200])


whole = get()
expect((whole.status_code, whole.content), (200, CONTENT))
expect(whole.headers["Accept-Ranges"], "bytes")
etag, modified = whole.headers["ETag"], whole.headers["Last-Modified"]

# RFC 9110 section 14.1.2: first and last, open end, suffix, beyond the end.
for asked, first, last in [
    ("0-0", 0, 0),
    ("1000-1999", 1000, 1999),
    (f"{SIZE - 5}-", SIZE - 5, SIZE - 1),
    ("-7", SIZE - 7, SIZE - 1),
    (f"10-{SIZE * 2}", 10, SIZE - 1),
]:
    part = get(Range=f"bytes={asked}")
    expect((part.status_code, part.content), (206, CONTENT[first : last + 1]))
    expect(part.headers["Content-Range"], f"bytes {first}-{last}/{SIZE}")

refused = get(Range=f"bytes={SIZE}-")
expect((refused.status_code, refused.headers["Content-Range"]), (416, f"bytes */{SIZE}"))

several = get(Range="bytes=0-3,100-103")
expect(several.status_code, 206)
kind, _, boundary = several.headers["Content-Type"].partition("; boundary=")
expect(kind, "multipart/byteranges")
pieces = several.content.split(b"--" + boundary.strip('"').encode())
bodies = [piece.partition(b"\r\n\r\n")[2][:-2] for piece in pieces[1:-1]]
expect(bodies, [CONTENT[:4], CONTENT[100:104]])

# RFC 9110 section 13.1.5: a part of the same file, or all of another one.
for validator, status in [(etag, 206), (modified, 206), ('"other"', 200)]:
    answer = get(Range="bytes=5-9", If_Range=validator)
    wanted = CONTENT[5:10] if status == 206 else CONTENT
    expect((answer.status_code, answer.content), (status, wanted))

for fields in [{"If_None_Match": etag}, {"If_Modified_Since": modified}]:
    same = get(**fields)
    expect((same.status_code, same.content), (304, b""))
expect(get(If_Match='"other"').status_code, 412)

# A download that is cut after a few pieces, and goes on if the file is still the same.
with session.get(FILES + "/file", stream=True, timeout=30) as answer:
    got = b"".join(piece for piece, _ in zip(answer.iter_content(65_536), range(8)))
rest = get(Range=f"bytes={len(got)}-", If_Range=etag)
expect((rest.status_code, got + rest.content), (206, CONTENT))

# Compressed beforehand; `requests` takes the coding off.
style = get("/static/style.css")
expect((style.status_code, style.headers["Content-Encoding"]), (200, "gzip"))
expect(style.content, get("/static/style.css", Accept_Encoding="identity").content)

# A redirect to the folder, and the folder.
folder = get("/static/texts")
expect((folder.status_code, folder.history[0].is_redirect, folder.url[-7:]), (200, True, "/texts/"))


def post(path, **options):
    answer = session.post(REQUEST_OBJECT + path, timeout=30, **options)
    expect(answer.status_code, 200)
    return answer.text


sha256 = hashlib.sha256(CONTENT).hexdigest()
note = hashlib.sha256("caf\u00e9".encode()).hexdigest()
sent = post(
    "/parts",
    data={"note": "caf\u00e9"},
    files={"file": ("a b.bin", CONTENT, "application/x-test")},
)
expect(sent, f"note,,,5,{note}\nfile,a b.bin,application/x-test,{SIZE},{sha256}\n")
expect(post("/count", data=CONTENT), f"{SIZE}\n")
expect(post("/count", data=(CONTENT[at : at + 9999] for at in range(0, SIZE, 9999))), f"{SIZE}\n")
expect(post("/form", data={"b": "2", "a": "\u00e9 &"}), "a=\u00e9 &\nb=2\n")
