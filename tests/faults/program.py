"""A server for the tests of faults: its folder is the second argument."""

import sys
import time

from tremolo import Application, StaticFiles

app = Application()


@app.route("/hello")
async def hello():
    return "Hello World!"


@app.route("/body")
async def body(request):
    return await request.body()


@app.route("/stream")
async def stream():
    for number in range(2_000):
        yield f"{number:0100}"


@app.route("/block")
async def block():
    """Keeps its thread, and with it the event loop, from everything else."""
    time.sleep(0.3)  # noqa: ASYNC251 - the fault
    return "blocked"


@app.route("/ws")
async def echo(websocket):
    async for message in websocket:
        await websocket.send(message)


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app.mount("/files", StaticFiles(sys.argv[2]))
    app.run(host, int(port))
