"""All ways to read a request: each has its own path, and `/` lists them.

`python examples/request_object.py`, then for instance
`curl -F 'file=@README.md' http://127.0.0.1:8000/parts`.
"""

import hashlib
import sys

from tremolo import Application
from tremolo.exceptions import PayloadTooLarge

app = Application()

PLAIN = "text/plain; charset=utf-8"

#: Bodies that pass through in pieces, in constant memory.
LARGE = 16 << 30


@app.route("/")
async def index(content_type=PLAIN):
    return PATHS


@app.route("/echo")
async def echo(request, content_type="application/octet-stream", client_max_body_size=64 << 20):
    return await request.body()


@app.route("/count")
async def count(request, content_type=PLAIN, client_max_body_size=LARGE):
    size = 0
    async for piece in request.stream():
        size += len(piece)
    return f"{size}\n"


@app.route("/read")
async def read(request, content_type=PLAIN):
    size = int(request.query.get("n", ["4"])[0])
    pieces = []
    while piece := await request.read(size):
        pieces.append(piece)
    return b"|".join(pieces)


@app.route("/mixed")
async def mixed(request, content_type=PLAIN):
    first = await request.read(4)
    return first + b"|" + await request.body()


@app.route("/form")
async def form(request, content_type=PLAIN):
    await request.form()
    return lines(sorted(pairs(request.params.post)), "=")


@app.route("/files")
async def files(request, content_type=PLAIN, client_max_body_size=LARGE):
    """Sends a line for each step as soon as it is complete."""
    size = int(request.query.get("max", ["16384"])[0])
    async for part in request.files(max_file_size=size):
        head = ",".join(part.get(name, "") for name in ("name", "filename", "type"))
        yield f"{head},{len(part['data'])},{str(part['eof']).lower()}\n"


@app.route("/parts")
async def parts(request, content_type=PLAIN, client_max_body_size=LARGE):
    """Sends a line for each part as soon as it is complete; one piece at a time is in memory."""
    async for part in request.files(max_file_size=1):
        size, sha256 = 0, hashlib.sha256()
        async for piece in part.stream():
            size += len(piece)
            sha256.update(piece)
        head = ",".join(part.get(name, "") for name in ("name", "filename", "type"))
        yield f"{head},{size},{sha256.hexdigest()}\n"


@app.route("/ignore")
async def ignore(content_type=PLAIN):
    return "ignored\n"


@app.route("/early", client_max_body_size=LARGE)
async def early(request):
    await request.read(1000)
    raise PayloadTooLarge("1000 bytes are enough")


@app.route("/query")
async def query(request, content_type=PLAIN):
    return lines(pairs(request.query), "=")


@app.route("/cookies")
async def cookies(request, content_type=PLAIN):
    return lines(pairs(request.cookies), "=")


@app.route("/headers")
async def headers(request, content_type=PLAIN):
    return lines(
        ((name.decode(), value.decode("latin-1")) for name, value in pairs(request.headers)), ": "
    )


@app.route("/meta")
async def meta(request, content_type=PLAIN):
    members = (
        request.method,
        request.path,
        request.query_string,
        b"HTTP/" + request.version,
        request.host,
        request.ip,
        request.scheme,
    )
    return b"".join(member + b"\n" for member in members)


@app.route("/trailers")
async def trailers(request, content_type=PLAIN):
    await request.body()
    return lines(((name.decode(), value.decode()) for name, value in request.trailers), ": ")


def pairs(multimap):
    """Groups values by name, in the order in which the names first occur."""
    return [(name, value) for name, values in multimap.items() for value in values]


def lines(fields, between):
    return "".join(f"{name}{between}{value}\n" for name, value in fields)


PATHS = """\
/echo             the whole body back
/count            the number of its bytes, read as a stream
/read?n=4         pieces of n bytes, joined with |
/mixed            4 bytes and the rest, joined with |
/form             the fields of a form, sorted
/files?max=16384  multipart in steps: name,filename,type,bytes,eof
/parts            multipart part by part: name,filename,type,bytes,sha256
/ignore           answers without reading
/early            413 after the first 1000 bytes
/query            the pairs of the query, name by name
/cookies          the cookies, name by name
/headers          the fields of the head, name by name
/meta             method, path, query, version, host, ip, scheme
/trailers         the trailer fields of a chunked body
"""

if __name__ == "__main__":
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000").rpartition(":")
    # An upload may take an hour, and so may the rest of an upload whose response was sent early.
    app.run(host, int(port), app_handler_timeout=3600, lingering_time=3600)
