"""What the handlers of one worker share. `python worker.py ADDRESS LOOP OPTIONS`."""

import asyncio
import json
import os
import sys
import threading
import warnings

from tremolo import Application
from tremolo.utils import server_date

app = Application()
app.context.greeting = "set before the start"
ended = []


@app.route("/globals")
async def worker_context(request, context, globals, loop, logger):  # noqa: A002 - its name
    server = request.server
    assert app.context is globals is server.globals
    assert server.context is context
    assert (server.loop, server.logger, server.app) == (app.loop, app.logger, app)
    assert app.loop is loop
    assert server.options is globals.options
    assert server in globals.connections
    assert globals["greeting"] == globals.greeting
    return globals.greeting


@app.route("/options")
async def options(globals):  # noqa: A002 - its name
    globals.options["own"] = "changed"
    given = [globals.options[name] for name in ("own", "debug", "ws", "thread_pool_size")]
    return json.dumps(given)


@app.route("/information")
async def information(globals):  # noqa: A002 - its name
    info = globals.info
    assert info["server_date"] <= server_date()
    return f"{info['server']} {info['server_name']} {sorted(info)}"


@app.route("/submit")
async def submit(globals):  # noqa: A002 - its name
    def squares(count):
        for number in range(count):
            yield number * number

    thread = await globals.executor.submit(threading.current_thread)
    assert thread in globals.executor.threads
    seen = [item async for item in globals.executor.submit(squares, args=(4,))]
    return str(seen)


async def wait(name):
    try:
        await asyncio.sleep(3600)
    finally:
        ended.append(name)


@app.route("/tasks")
async def tasks(request, globals):  # noqa: A002 - its name
    of_app = app.create_task(wait("application"))
    of_connection = request.server.create_task(wait("connection"))
    added = asyncio.create_task(asyncio.sleep(0))
    app.add_task(added)
    assert {of_app, added} <= globals.tasks
    assert of_connection in request.server.context.tasks
    await added
    # The callback of the application runs after that of this task.
    await asyncio.sleep(0)
    assert added not in globals.tasks
    return "started"


@app.on_connect
async def note_lock(context, lock, **server):
    async with lock:
        context.lock_of_hook = lock


@app.on_request
async def check_lock(context, lock):
    async with lock:
        assert context.lock_of_hook is lock


@app.route("/lock")
async def locked(lock, request):
    assert request.server.lock is lock
    async with lock, lock(1):
        try:
            await lock(len(app.context.executor.threads)).acquire(timeout=0)
        except TimeoutError:
            return "excluded"


@app.route("/lock-in-thread")
def locked_in_thread(lock):
    with lock, lock(1):
        try:
            lock.acquire(timeout=0)
        except TimeoutError:
            pass
        else:
            return "acquired twice"
    lock.acquire()
    lock.release()
    lock.release()
    return "excluded"


@app.route("/lock-timeout")
async def lock_timeout(lock):
    async with lock:
        await lock.acquire(0)


@app.route("/ended")
async def tell_ended():
    return ",".join(ended)


@app.route("/fork")
async def fork(request, globals):  # noqa: A002 - its name
    with warnings.catch_warnings():
        # Newer interpreters warn of threads.
        warnings.simplefilter("ignore")
        child = os.fork()
    if not child and request.query_string == b"exit":
        sys.exit(3)
    if not child:
        return "of the child"
    _, status = await globals.executor.submit(os.waitpid, (child, 0))
    return f"the child ended with {os.waitstatus_to_exitcode(status)}"


@app.route("/fork-inline")
async def fork_inline():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        child = os.fork()
    if not child:
        return "of the child"
    _, status = os.waitpid(child, 0)  # noqa: ASYNC222 - inside of one turn
    return f"the child ended with {os.waitstatus_to_exitcode(status)}"


@app.route("/cancel")
async def cancel(globals):  # noqa: A002 - its name
    for task in globals.tasks:
        task.cancel()
    return "asked"


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    given = json.loads((*sys.argv[3:], "{}")[0])
    app.run(host, int(port), loop=sys.argv[2], **given)
