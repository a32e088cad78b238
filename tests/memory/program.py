"""A server whose handlers take what they get and never end, as `program.rs`."""

import asyncio
import sys

from tremolo import Application, StaticFiles

SHORT = 1_000
LONG = 60_000

app = Application()


def forever():
    return asyncio.get_running_loop().create_future()


@app.route("/hello")
async def hello():
    return "Hello World!"


@app.route("/pending")
async def wait():
    await forever()


@app.route("/hold")
async def hold(request):
    _piece = await request.read()
    await forever()


@app.route("/decoded", decompress=1 << 30)
async def decoded(request):
    async for _piece in request.stream():
        pass


@app.route("/whole")
async def whole(request):
    await request.body()
    await forever()


@app.route("/inflated", decompress=256 << 10)
async def inflated(request):
    await request.body()
    await forever()


@app.route("/receive")
async def receive(websocket):
    while True:
        await websocket.receive()


@app.route("/form")
async def form(request):
    await request.form()
    await forever()


@app.route("/upload")
async def upload(request):
    async for _step in request.files():
        pass


@app.route("/short")
async def short():
    while True:
        yield b"x" * SHORT


@app.route("/long")
async def long():
    while True:
        yield b"x" * LONG


@app.route("/events")
async def events(sse):
    while True:
        await sse.send("x" * SHORT)


@app.route("/deaf")
async def deaf(websocket):
    await websocket.accept()
    await forever()


@app.route("/once")
async def once(websocket):
    await websocket.receive()
    await websocket.send(b"x" * LONG)
    await forever()


@app.route("/flood")
async def flood(websocket):
    await websocket.receive()
    while True:
        await websocket.send(b"x" * LONG)


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app.mount("/files", StaticFiles(sys.argv[2]))
    app.run(host, int(port))
