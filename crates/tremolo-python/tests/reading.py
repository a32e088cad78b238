"""The application of `test_reading`: ways to read a body that only Python has.

`python reading.py HOST:PORT LOOP`.
"""

import asyncio
import sys
import tracemalloc

from tremolo import Application
from tremolo.exceptions import BadRequest, RequestTimeout

app = Application()
poked = asyncio.Event()


@app.route("/small", client_max_body_size=5)
@app.route("/large", client_max_body_size=3 << 20)
@app.route("/own")
async def limited(request, client_max_body_size=10):
    return f"{len(await request.body())} of {client_max_body_size}"


@app.route("/late")
async def late(request, response):
    """Times out, reports it, then reads on."""
    try:
        await request.read(10, timeout=0.01)
    except RequestTimeout:
        await response.write(b"late")
        for size in (3, -1, 4):
            await response.write(b"|" + await request.read(size))


@app.route("/late-stream")
async def late_stream(request):
    """The time is that of each piece; it raises what a read does."""
    async for _ in request.stream(timeout=0.01):
        pass


@app.route("/cancelled")
async def cancelled(request):
    task = asyncio.create_task(request.body())
    poked.clear()
    await poked.wait()
    task.cancel()
    await asyncio.wait([task])
    return (b"cancelled|" if task.cancelled() else b"done|") + await request.body()


@app.route("/cancelled-often")
async def cancelled_often(request):
    """Waits for the whole body again and again, and reads a part each time it is cancelled."""
    parts = []
    for size in (2, 3):
        task = asyncio.create_task(request.body())
        poked.clear()
        await poked.wait()
        task.cancel()
        await asyncio.wait([task])
        parts.append(await request.read(size))
    return b"|".join([*parts, await request.body()])


@app.route("/announced", client_max_body_size=1 << 40)
async def announced(request):
    """The Python memory of a body, of which as many bytes have arrived as the query contains."""
    tracemalloc.start()
    task = asyncio.create_task(request.body())
    while request.body_size < int(request.query_string):  # noqa: ASYNC110 - there is no event
        await asyncio.sleep(0)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    task.cancel()
    return str(taken)


@app.route("/left-room")
async def left_room(request):
    """How much memory a whole body takes beyond its length."""
    body = await request.body()
    return str(sys.getsizeof(body) - len(body))


@app.route("/poke")
async def poke():
    poked.set()
    return "poked"


@app.route("/two-bodies")
async def two_bodies(request):
    first, second = await asyncio.gather(request.body(), request.body())
    assert first is second
    return first


@app.route("/two-reads")
async def two_reads(request):
    return b"|".join(await asyncio.gather(request.read(5), request.read(5)))


@app.route("/raw")
async def raw(request):
    return await request.body(raw=True)


@app.route("/recv")
async def recv(request):
    first = await request.recv(4)
    return first + b"|" + b"".join([piece async for piece in request.stream(raw=True)])


@app.route("/trailers")
async def trailers(request):
    before = request.trailers
    await request.body()
    return repr((before, request.trailers))


@app.route("/getlist")
async def getlist(request):
    return b",".join(request.headers.getlist("X-List"))


@app.route("/form-twice")
async def form_twice(request):
    assert await request.form() is await request.form()
    return repr((request.params.post, sorted(request.params.files), len(await request.body())))


@app.route("/form-after-body")
async def form_after_body(request):
    body = await request.body()
    await request.form()
    return repr((len(body), request.params.post, sorted(request.params.files)))


@app.route("/form-limit")
async def form_limit(request):
    await request.form(max_fields=2, max_size=200)
    return repr(request.params.post)


@app.route("/not-a-form")
async def not_a_form(request):
    try:
        await request.form()
    except BadRequest as error:
        return f"{error.code} {error}"


@app.route("/files-twice")
async def files_twice(request):
    """A second call goes on where the first has stopped."""
    first = await anext(request.files())
    rest = [part async for part in request.files()]
    return ",".join(part["name"] for part in (first, *rest))


@app.route("/part-late")
async def part_late(request):
    """A part whose data is asked for too late, and one that is read on in time."""
    files = request.files(max_file_size=2)
    first = await anext(files)
    second = await anext(files)
    assert (first["name"], second["name"], second["eof"]) == ("a", "a", False)
    data = b"".join([piece async for piece in second.stream()])
    third = await anext(files)
    try:
        _ = [piece async for piece in first.stream()]
    except RuntimeError as error:
        return f"{first['data']} {data} {third['name']} {error}"


@app.route("/in-thread")
def in_thread(request):
    for part in request.files(max_file_size=4):
        yield from part.stream()
        yield b"|"


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app.run(host, int(port), loop=sys.argv[2], request_timeout=float((*sys.argv[3:], 30)[0]))
