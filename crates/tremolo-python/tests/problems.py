"""Errors of all kinds; with an argument, problem details for every client."""

import json
import sys

from tremolo import Application
from tremolo.exceptions import BadRequest, Forbidden, HTTPException

app = Application()


@app.route("/")
async def index():
    return "<text>"


@app.route("/yield")
async def pieces():
    yield "a"
    yield "b"


@app.route("/typed")
async def typed(content_type="image/png"):
    return "png"


@app.route("/conflict")
async def conflict():
    raise HTTPException("<taken>", code=409, message="Conflict").describe(field="name")


@app.route("/read")
async def read(request):
    return bytes(await request.body())


@app.route("/form")
async def form(request):
    return str(await request.form())


@app.route("/decoded")
async def decoded(request, decompress=1000):
    return bytes(await request.body())


@app.route("/decoded-form", decompress=1000)
async def decoded_form(request):
    return str(await request.form())


@app.route("/decoded-pieces", decompress=4 << 20)
async def decoded_pieces(request):
    count = 0
    async for piece in request.stream():
        count += len(piece)
    return str(count)


@app.route("/secret")
async def secret():
    raise ValueError("secret")


@app.route("/own")
async def own():
    raise BadRequest(json.dumps({"own": True}), content_type="application/json")


@app.route("/kept")
async def kept():
    raise Forbidden


@app.route("/page")
async def page():
    raise HTTPException(code=410)


@app.error(403)
async def keeps_the_page():
    return None


@app.error(410)
async def own_page():
    return "<b>gone"


if __name__ == "__main__":
    options = {}
    if "problem_details" in sys.argv:
        options = {"problem_details": True, "default_content_type": "text/plain"}
    app.run("127.0.0.1", 0, client_max_body_size=10_000, **options)
