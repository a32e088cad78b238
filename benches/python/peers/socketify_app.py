"""socketify, on uWebSockets: handlers without `async` wherever nothing is awaited, as it advises.

What it (0.0.31) cannot do:

- `/stream`: its `write` does not tell whether the peer keeps up, so that the whole gigabyte would
  be queued; what does tell needs to know the length beforehand.
- `/upload` of a gigabyte by length: it resets the connection when the length has ten digits.

It looks for work all the time, so that its processor time per request is low only while it has more
to do than it can.
"""

import asyncio
import json

from socketify import App, AppListenOptions, sendfile

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

    # What comes after an `await` leaves in one piece only if it is said in one.
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


def serve(host, port):
    app = App()
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
