"""A server whose options come from the environment, for the tests of stopping and of limits."""

import asyncio
import multiprocessing
import os
import sys
import threading
from pathlib import Path

from tremolo import Application

app = Application()


@app.route("/")
async def number_of_the_process():
    """Of the supervisor, if there are several processes."""
    supervisor = multiprocessing.parent_process()
    return str(supervisor.pid if supervisor else os.getpid())


@app.route("/wait")
async def wait():
    await asyncio.get_running_loop().create_future()


@app.route("/until-stopped")
async def until_stopped(request):
    """Ends when the server stops."""
    yield f"begun {str(request.is_draining).lower()}\n"
    await request.draining()
    yield f"ended {str(request.is_draining).lower()}\n"


@app.route("/ticks")
async def ticks():
    """Makes progress, and never ends."""
    while True:
        yield "tick\n"
        await asyncio.sleep(0.01)


def may_start():
    """A test makes a next process fail by this file, or hang if that is its text. The file shows
    then that the process was started."""
    file = Path(os.environ.get("TEST_NO_START", ""))
    if not file.is_file():
        return True
    hangs = file.read_text() == "hang"
    file.unlink()
    if hangs:
        threading.Event().wait()
    return False


if __name__ == "__main__":
    if not may_start():
        sys.exit("the test forbids it")
    host, _, port = sys.argv[1].rpartition(":")
    app.run(host, int(port)) if host else app.run(port)
