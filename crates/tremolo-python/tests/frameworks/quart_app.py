"""Quart, as its users write it."""

import asyncio

from quart import Quart, request, websocket

app = Quart(__name__)
seen = []


@app.before_serving
async def start():
    seen.append("started")


@app.after_serving
async def stop():
    print("stopped", flush=True)


@app.get("/")
async def index():
    return {"seen": seen, "args": request.args.get("q")}


@app.post("/echo")
async def echo():
    return await request.get_data()


@app.post("/form")
async def form():
    fields, files = await request.form, await request.files
    return {"fields": dict(fields), "files": {name: len(f.read()) for name, f in files.items()}}


@app.get("/stream")
async def stream():
    async def pieces():
        for number in range(3):
            yield str(number)
            await asyncio.sleep(0)

    return pieces()


@app.get("/thread")
def in_thread():
    return "thread"


@app.get("/fails")
async def fails():
    raise ValueError("expected in the log")


@app.websocket("/ws")
async def echo_messages():
    while True:
        await websocket.send(await websocket.receive())
