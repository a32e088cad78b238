"""Responses of all kinds, compressed or not; the twin of `program.rs`.

`python program.py HOST:PORT on|off`
"""

import asyncio
import sys
from pathlib import Path

from tremolo import Application, StaticFiles
from tremolo.exceptions import InternalServerError

PAGE = "".join(f"line {number}\n" for number in range(4_000))

app = Application()
follow = asyncio.Event()


@app.route("/page")
async def page():
    return PAGE


@app.route("/pieces")
async def pieces():
    for start in range(0, len(PAGE), 777):
        yield PAGE[start : start + 777]


@app.route("/short")
async def short():
    return "short"


@app.route("/plain")
async def plain(compress=False):
    return PAGE


@app.route("/coded")
async def coded(compress=True):
    return PAGE


@app.route("/image")
async def image(response):
    response.set_content_type("image/png")
    await response.end(PAGE)


@app.route("/own")
async def own(response):
    response.set_compression(False)
    await response.end(PAGE)


@app.route("/own-coded")
async def own_coded(response):
    response.set_compression(True)
    await response.end(PAGE)


@app.route("/cut")
async def cut():
    yield "Hello"
    raise InternalServerError


@app.route("/events")
async def events():
    yield "first\n"
    await follow.wait()
    follow.clear()
    yield "second\n"


@app.route("/next")
async def next_event():
    follow.set()
    return "next"


app.mount("/files", StaticFiles(Path(__file__).parents[2]))

if __name__ == "__main__":
    address, compression = sys.argv[1:]
    host, _, port = address.rpartition(":")
    app.run(host, int(port), compression=compression == "on")
