import json

from tremolo import Application
from tremolo.exceptions import BadRequest

app = Application()


# ANCHOR: query
@app.route("/search")
async def search(request, content_type="text/plain; charset=utf-8"):
    try:
        (q,) = request.query["q"]
        page = int(request.query.get("page", ["0"])[0])
    except (KeyError, ValueError):
        raise BadRequest("a search has a q, and its page is a number") from None
    return f"page {page} of {q}"


# ANCHOR_END: query


# ANCHOR: json
@app.route("/echo")
async def echo(request, content_type="application/json"):
    try:
        note = json.loads(await request.body())
        return json.dumps({"text": note["text"]})
    except (ValueError, KeyError, TypeError):
        raise BadRequest("a note has a text") from None


# ANCHOR_END: json


# ANCHOR: form
@app.route("/login")
async def login(request, content_type="text/plain; charset=utf-8"):
    form = await request.form()
    return f"hello {form['user'][0]}"


# ANCHOR_END: form


# ANCHOR: fields
@app.route("/fields")
async def fields(request, content_type="text/plain; charset=utf-8"):
    language = request.headers.get(b"accept-language", [b"none"])[0]
    theme = request.cookies.get("theme", ["light"])[0]
    return b"%s %s %s" % (request.method, language, theme.encode())


# ANCHOR_END: fields


# ANCHOR: pieces
@app.route("/count", client_max_body_size=1 << 30)
async def count(request):
    size = 0
    async for piece in request.stream():
        size += len(piece)
    return f"{size} bytes"


# ANCHOR_END: pieces
