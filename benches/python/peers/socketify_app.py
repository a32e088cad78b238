"""socketify, on uWebSockets: handlers without `async` where nothing is awaited, as it recommends.

What it (0.0.31) cannot do:

- `/stream`: its `write` does not report whether the peer keeps up, so that the whole gigabyte would
  be queued. The call that reports it needs the length in advance.
- `/upload` of a gigabyte by length: it resets the connection if the length has ten digits.

It polls for work in a loop, so that its processor time per request is low only under full load.
"""

import asyncio
import json

from socketify import App, AppListenOptions, CompressOptions, OpCode, sendfile

from . import contract


def hello(response, request):
    response.write_header("content-type", contract.HTML).end(contract.BODY)


async def hello_async(response, request):
    response.write_header("content-type", contract.HTML).end(contract.BODY)


def fields(response, request):
    response.write_header("content-type", contract.HTML)
    for name, value in contract.FIELDS:
        response.write_header(name, value)
    response.end(contract.BODY)


def echo(response, request):
    body = bytearray()

    def on_data(response, piece, is_end):
        body.extend(piece or b"")
        if is_end:
            text = json.dumps(json.loads(body))
            response.write_header("content-type", contract.JSON).end(text)

    response.on_data(on_data)


def pieces(response, request):
    response.write_header("content-type", contract.HTML)
    for _ in range(contract.YIELDS):
        response.write(contract.BODY)
    response.end_without_body()


async def sleep(response, request):
    await asyncio.sleep(0)

    def answer(response):
        response.write_header("content-type", contract.HTML).end(contract.BODY)

    # After an `await`, `cork` is needed to combine the writes into one.
    response.cork(answer)


def upload(response, request):
    length = 0

    def on_data(response, piece, is_end):
        nonlocal length
        length += len(piece or b"")
        if is_end:
            response.write_header("content-type", contract.HTML).end(str(length))

    response.on_data(on_data)


async def file(response, request):
    await sendfile(response, request, contract.FILE)


def echo_message(socket, message, opcode):
    # It compresses if that was negotiated.
    socket.send(message, opcode, True)


def join(socket):
    socket.subscribe("room")
    socket.send(contract.GREETING, OpCode.TEXT)


def publish(socket, message, opcode):
    socket.publish("room", message, opcode)


def serve(host, port):
    app = App()
    sockets = {"max_payload_length": 1 << 20, "idle_timeout": 0}
    # One compressor for all sockets: no context is taken over.
    compression = CompressOptions.SHARED_COMPRESSOR
    app.ws("/ws", sockets | {"compression": compression, "message": echo_message})
    app.ws("/room", sockets | {"open": join, "message": publish})
    app.get("/hello", hello)
    app.get("/hello-async", hello_async)
    app.get("/fields", fields)
    app.post("/echo", echo)
    app.get("/yield", pieces)
    app.get("/sleep", sleep)
    app.post("/upload", upload)
    app.get("/file", file)
    app.listen(AppListenOptions(port=port, host=host), lambda config: None)
    app.run()
