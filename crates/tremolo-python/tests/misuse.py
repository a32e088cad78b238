"""Uses every object of a handler where and when it must not be used. `python misuse.py LOOP WHEN`.

Nothing may crash or hang; what each use raises does not matter here. Ends with the number of uses.
"""

import asyncio
import contextlib
import gc
import inspect
import os
import socket
import sys
import threading

from tremolo import Application

app = Application()
kept = {}
uses = []


@app.route("/keep")
async def keep(request, response, context, lock, globals):  # noqa: A002 - its name
    await request.body()
    kept.update(
        request=request,
        response=response,
        context=context,
        ctx=request.ctx,
        lock=lock,
        globals=globals,
        executor=globals.executor,
        server=request.server,
        transport=request.transport,
        handle=request.transport._handle,
        headers=response.headers,
        stream=request.stream(),
        files=request.files(),
        body=request.body(),
        write=response.write(b"late"),
        app=app,
    )
    return "kept"


@app.route("/keep-socket")
async def keep_socket(sse, websocket):
    await websocket.accept()
    receive = websocket.receive()
    kept.update(websocket=websocket, sse=sse, receive=receive, send=websocket.send("late"))


@app.route("/during-socket")
async def during_socket(websocket):
    await websocket.accept()
    kept["websocket"] = websocket
    use_everything()


@app.route("/keep-generator")
async def keep_generator(request, response):
    kept["during"] = (request, response)
    yield b"first"
    await asyncio.sleep(0)
    use_everything()
    yield b"last"


@app.route("/together")
async def together(request, response):
    """Two tasks use one object at once."""

    async def read():
        await request.read(1)

    async def write():
        await response.write(b"piece")

    async def end():
        await response.end(b"end")

    jobs = [kind() for kind in (read, read, write, write, end, end)]
    await asyncio.gather(*jobs, return_exceptions=True)


#: What ends the process, waits for the keyboard, or serves.
SPARED = {"run", "serve", "breakpoint", "fork"}


def use(value, arguments=((), (b"data",))):
    """Uses all attributes of an object, and calls all that can be called."""
    uses.append(value)
    with contextlib.suppress(BaseException):
        repr(value)
    for name in dir(value):
        if name in SPARED or (name.startswith("_") and name not in WITH_SLOTS):
            continue
        with contextlib.suppress(BaseException):
            found = getattr(value, name)
            for given in arguments:
                if callable(found) and not inspect.isclass(found):
                    with contextlib.suppress(BaseException):
                        exhaust(found(*given))


WITH_SLOTS = {"__await__", "__aiter__", "__anext__", "__iter__", "__next__", "__len__"}


def exhaust(result):
    """Takes a few steps of an awaitable or an iterator, without a loop of its own."""
    for name in ("__await__", "__anext__"):
        if hasattr(result, name):
            result = getattr(result, name)()
    if hasattr(result, "send"):
        for _ in range(3):
            result.send(None)
        result.close()


def use_everything(**options):
    for value in list(kept.values()):
        for each in value if isinstance(value, tuple) else (value,):
            use(each, **options)


class AtTheEnd:
    """Uses everything when the interpreter clears this module."""

    def __del__(self):
        # PyO3 cannot report an argument of a wrong type any more.
        use_everything(arguments=((),))


async def ask(address, target):
    reader, writer = await asyncio.open_connection(*address)
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"
    writer.write(head.encode() + b"body")
    data = await reader.read()
    writer.close()
    return data


async def upgrade(address, target):
    """A client that goes when it has the first bytes."""
    reader, writer = await asyncio.open_connection(*address)
    head = (
        f"GET {target} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    writer.write(head.encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    await reader.read(1)
    writer.close()


async def in_other_loop():
    for value in list(kept.values()):
        for each in value if isinstance(value, tuple) else (value,):
            for name in AWAITED:
                method = getattr(each, name, None)
                with contextlib.suppress(BaseException):
                    await asyncio.wait_for(method(), 0.01)


AWAITED = ["read", "body", "write", "end", "acquire", "send", "form", "submit", "receive", "close"]


def in_thread(target):
    thread = threading.Thread(target=target)
    thread.start()
    return asyncio.to_thread(thread.join)


async def main(when):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = free.getsockname()
    serving = asyncio.create_task(app.serve(f"127.0.0.1:{address[1]}"))
    while not kept:
        await asyncio.sleep(0)
        with contextlib.suppress(OSError):
            await ask(address, "/keep")
    await upgrade(address, "/keep-socket")
    if when == "after":
        use_everything()
    elif when == "thread":
        await in_thread(use_everything)
    elif when == "loop":
        await in_thread(lambda: asyncio.run(in_other_loop()))
        use(app)
    elif when == "during":
        await ask(address, "/keep-generator")
        await upgrade(address, "/during-socket")
    elif when == "together":
        await ask(address, "/together")
        use(app)
    elif when == "fork":
        fork()
    elif when == "collected":
        value = [kept.copy()]
        value.append(value)
        kept.clear()
        del value
        gc.collect()
        uses.append(None)
    with contextlib.suppress(OSError):
        await asyncio.wait_for(ask(address, "/keep"), 5)
    serving.cancel()
    await asyncio.wait([serving])
    if when == "stopped":
        use_everything()


def fork():
    """A child process uses everything; its parent goes on."""
    child = os.fork()
    if not child:
        use_everything()
        os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 7
    uses.append(child)


if __name__ == "__main__":
    loop, when = sys.argv[1:]
    factory = {"asyncio": None}.get(loop) or __import__("uvloop").new_event_loop
    with asyncio.Runner(loop_factory=factory if loop == "uvloop" else None) as runner:
        runner.run(main(when))
    if when == "closed":
        use_everything()
    if when == "exit":
        kept["last"] = AtTheEnd()
        uses.append(None)
    print(len(uses) > 0, flush=True)
