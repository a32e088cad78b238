"""An application for several processes. `python processes.py ADDRESS LOOP METHOD OPTIONS`."""

import asyncio
import gc
import json
import multiprocessing
import os
import signal
import sys
import threading
from pathlib import Path

from tremolo import Application, StaticFiles

app = Application()
app.context.greeting = "set before the start"
app.mount("/files", StaticFiles(Path(__file__).parent / "runtime", index_files=["app.py"]))


class Views:
    """Its bound methods are handlers."""

    def __init__(self, text):
        self.text = text

    async def show(self):
        return self.text


app.add_route(Views("of an object").show, "/bound")


@app.route("/pid")
async def pid():
    return str(os.getpid())


@app.route("/socket")
async def socket(websocket):
    async for message in websocket:
        await websocket.send(f"{message} {os.getpid()}")


@app.route("/greeting")
async def greeting(globals):  # noqa: A002 - its name
    assert sys.modules["__main__"].app is not None
    return f"{globals.greeting} {globals.options['own']}"


def is_blocked(path):
    return os.path.exists(path)


@app.on_worker_start
async def start(context):
    if is_blocked(context.options.get("blocked_by", "")):
        threading.Event().wait()
    # uvloop may call the handler of a signal twice: for the byte of it, and for what it has noted.
    context.ballast, context.signals = [], set()
    for number in (signal.SIGHUP, signal.SIGUSR1):
        asyncio.get_running_loop().add_signal_handler(number, context.signals.add, number.name)


@app.route("/signals")
async def signals(globals):  # noqa: A002 - its name
    return ",".join(sorted(globals.signals))


@app.route("/frozen")
async def frozen():
    return f"{gc.get_freeze_count() > 0} {threading.active_count()}"


@app.route("/hang")
async def hang(response):
    await response.write(b"%d begun," % os.getpid())
    await asyncio.sleep(0)
    threading.Event().wait()


@app.route("/grow")
async def grow(globals):  # noqa: A002 - its name
    globals.ballast.append(b"x" * (32 << 20))
    return str(os.getpid())


@app.route("/die")
async def die():
    os._exit(9)


@app.route("/die-with-lock")
async def die_with_lock(lock):
    await lock.acquire()
    os._exit(9)


def end_of(pipe):
    """Waits until another process has written to a named pipe."""
    with open(pipe) as file:
        file.read()


@app.route("/lock")
async def locked(lock, request):
    """Holds the lock until there is something in a pipe."""
    pipe = request.query_string.decode()
    async with lock:
        if pipe:
            await asyncio.to_thread(end_of, pipe)
        return str(os.getpid())


@app.route("/try-lock")
async def try_lock(lock):
    try:
        await lock.acquire(timeout=0)
    except TimeoutError:
        return "held"
    lock.release()
    return "free"


@app.route("/wait")
async def wait(request, response):
    """A request that lasts until there is something in a pipe."""
    await response.write(b"%d begun," % os.getpid())
    await asyncio.to_thread(end_of, request.query_string.decode())
    await response.write(b"ended")


@app.route("/forever")
async def forever(response):
    await response.write(b"%d begun," % os.getpid())
    await asyncio.sleep(3600)


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    multiprocessing.set_start_method(sys.argv[3])
    options = json.loads(sys.argv[4])
    for path in options.pop("listen", ()):
        app.listen(path)
    app.run(host or "127.0.0.1", int(port), loop=sys.argv[2], own="option", **options)
