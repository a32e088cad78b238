"""Handlers whose responses other threads drive. `python threads.py HOST:PORT LOOP`; see
`test_threads.py`."""

import asyncio
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from members import begin
from tremolo import Application

PIECE = b"x" * 10_000
PIECES = 40

app = Application()
pool = ThreadPoolExecutor(4)


@app.route("/hello")
async def hello():
    return "Hello World!"


def drive(loop, call):
    """Lets the loop await an operation, and waits for it on this thread."""
    return asyncio.run_coroutine_threadsafe(call, loop).result(60)


@app.route("/driven")
async def driven(response):
    """A thread of a pool writes, and the loop awaits each piece: it waits for the client."""
    loop = asyncio.get_running_loop()

    def write():
        for _ in range(PIECES):
            drive(loop, response.write(PIECE))
        drive(loop, response.end(b""))

    await loop.run_in_executor(pool, write)


def insist(make):
    """Does an operation on this thread; tries again while the queue is full.

    In between it leaves the processor to the loop."""
    while not begin(make()):
        time.sleep(0.001)


@app.route("/direct")
async def direct(response):
    """Threads that call the response themselves, and nothing else wakes the loop."""

    def write():
        for _ in range(PIECES // 4):
            insist(lambda: response.write(PIECE))

    def write_all():
        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        insist(lambda: response.end(b""))

    threading.Thread(target=write_all).start()
    return True


@app.route("/echo")
async def echo(request, response, globals):  # noqa: A002 - its name
    """A thread reads the body piece by piece, and writes each."""
    loop = asyncio.get_running_loop()

    async def piece():
        return await request.read(5_000)

    def copy():
        while data := drive(loop, piece()):
            drive(loop, response.write(data))
        drive(loop, response.end(b""))

    await globals.executor.submit(copy)


@app.route("/future")
async def future():
    """The loop sleeps until a thread sets the result."""
    loop = asyncio.get_running_loop()
    result = loop.create_future()
    pool.submit(loop.call_soon_threadsafe, result.set_result, "set by a thread")
    return await result


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app.run(host, int(port), loop=sys.argv[2], thread_pool_size=4)
