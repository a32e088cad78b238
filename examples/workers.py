"""Several processes with one state: a counter in a file, which a lock protects.

`python examples/workers.py [ADDRESS [WORKERS]]`, then count with ten clients at once:
`seq 100 | xargs -P 10 -I_ curl -s http://127.0.0.1:8000/count`. `/digest` uses a thread, `/later` a
task that outlives its request.
"""

import asyncio
import hashlib
import os
import sys
import tempfile
from pathlib import Path

from tremolo import Application

app = Application()


def add_one(path):
    """What must not happen in two processes at once."""
    number = int(path.read_text() or 0) + 1
    path.write_text(str(number))
    return number


@app.route("/count")
async def count(lock, globals):  # noqa: A002 - its name
    async with lock:
        # Not on the threads of plain functions: those of /blocking may all wait for the lock.
        number = await asyncio.to_thread(add_one, globals.counter)
    return f"{number}, counted by process {os.getpid()}\n"


@app.route("/digest")
async def digest(request, globals):  # noqa: A002
    data = await request.body()
    found = await globals.executor.submit(hashlib.sha256, args=(data,))
    return found.hexdigest() + "\n"


@app.route("/blocking")
def count_in_thread(lock, globals):  # noqa: A002
    """A plain function runs on a thread: there the lock blocks."""
    with lock:
        return f"{add_one(globals.counter)}\n"


async def log_later(logger, text):
    await asyncio.sleep(1)
    logger.info("a second later: %s", text)


@app.route("/later")
async def later(logger):
    # The server waits for it when it stops. `request.server.create_task` ends with the connection.
    app.create_task(log_later(logger, "a task that outlives its request"))
    return "see the log\n"


if __name__ == "__main__":
    address, workers = (*sys.argv[1:], None, None)[:2]
    host, _, port = (address or "127.0.0.1:8000").rpartition(":")
    with tempfile.NamedTemporaryFile(prefix="tremolo-example-") as file:
        # What is set here is in `globals` of all workers.
        app.context.counter = Path(file.name)
        app.run(host, int(port), worker_num=int(workers or 2))
