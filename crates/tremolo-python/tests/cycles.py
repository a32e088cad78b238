"""What requests keep, with the collector switched off. `python cycles.py HOST:PORT LOOP`."""

import asyncio
import gc
import sys

from tremolo import Application
from tremolo.exceptions import BadRequest, NotFound

gc.disable()
app = Application()
exists = {"now": 0}


class Ballast:
    """One MiB, and how many of it there are."""

    def __init__(self):
        self.data = bytes(1 << 20)
        exists["now"] += 1

    def __del__(self):
        exists["now"] -= 1


def load(request):
    request.ctx.ballast = Ballast()
    # What a handler asks for is made, and kept, with the request.
    return request.query, request.cookies, request.ctx.query, request.ctx.cookies, request.headers


@app.route("/now")
async def now():
    return str(exists["now"])


@app.route("/inline")
async def inline(request):
    load(request)
    return "done"


@app.route("/task")
async def task(request, response):
    load(request)
    response.headers[b"x-a"] = [b"b"]
    await asyncio.sleep(0)
    request.ctx.body = await request.body()
    await response.write(b"a")
    await response.end(b"b")


@app.route("/reads")
async def reads(request):
    load(request)
    request.server.context.last = request.uid()
    async for _ in request.stream():
        pass
    return b"done"


@app.route("/pieces")
async def pieces(request):
    load(request)
    yield b"a"
    yield b"b"


@app.route("/waiting-pieces")
async def waiting_pieces(request):
    load(request)
    yield b"a"
    await asyncio.sleep(0)
    yield b"b"


@app.route("/thread")
def thread(request, response):
    load(request)
    response.set_header("X-A", "b")
    request.ctx.body = request.body()
    return request.ctx.body


@app.route("/thread-pieces")
def thread_pieces(request):
    load(request)
    yield from request.stream()


@app.route("/late-generator")
async def late_generator(request):
    load(request)
    await asyncio.sleep(0)
    return (piece for piece in (b"a", b"b"))


@app.route("/form")
async def form(request):
    load(request)
    return repr(await request.form())


@app.route("/files")
async def files(request):
    load(request)
    request.ctx.parts = [part async for part in request.files()]
    return "done"


@app.route("/part-stream")
async def part_stream(request):
    load(request)
    async for part in request.files(max_file_size=2):
        request.ctx.last = [data async for data in part.stream()]
        request.ctx.part = part
    return "done"


@app.route("/thread-files")
def thread_files(request):
    load(request)
    for part in request.files(max_file_size=2):
        request.ctx.last = list(part.stream())
    return "done"


@app.route("/file")
async def file(request, response):
    load(request)
    await response.sendfile(__file__)


@app.route("/no-file")
async def no_file(request, response):
    load(request)
    await response.sendfile("/no/such/file")


@app.route("/raises")
async def raises(request):
    load(request)
    raise KeyError("at once")


@app.route("/raises-later")
async def raises_later(request):
    load(request)
    await asyncio.sleep(0)
    raise KeyError("later")


@app.route("/raises-http")
async def raises_http(request):
    load(request)
    await asyncio.sleep(0)
    raise BadRequest("why")


@app.route("/raises-page")
async def raises_page(request):
    load(request)
    raise NotFound("why")


@app.route("/raises-in-a-stream")
async def raises_in_a_stream(request):
    load(request)
    yield b"a"
    raise KeyError("in a stream")


@app.route("/raises-in-a-thread")
def raises_in_a_thread(request):
    load(request)
    raise KeyError("in a thread")


@app.route("/exits")
async def exits(request):
    load(request)
    await asyncio.sleep(0)
    sys.exit(3)


@app.route("/no-body")
async def no_body(request):
    load(request)
    return {"a": 1}


@app.route("/misuse")
async def misuse(request, response):
    load(request)
    await response.end(b"a")
    try:
        await response.end(b"b")
    except Exception as error:
        request.ctx.error = str(error)


@app.route("/times-out")
async def times_out(request):
    load(request)
    try:
        await request.read(100, timeout=0.001)
    except Exception as error:
        return str(error)


@app.route("/connection-task")
async def connection_task(request):
    load(request)
    await request.server.create_task(asyncio.sleep(0))
    return "done"


@app.error(404)
async def on_not_found(exc, request, response):
    await asyncio.sleep(0)
    return f"<p>{request.path.decode()}</p>"


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app.run(host, int(port), loop=sys.argv[2], log_level="CRITICAL")
