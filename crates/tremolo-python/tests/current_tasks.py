"""Handlers that ask for the current task. `python current_tasks.py HOST:PORT LOOP`."""

import asyncio
import contextvars
import sys
import weakref

from tremolo import Application

app = Application()
kept = {}
variable = contextvars.ContextVar("variable")


async def nothing():
    """Awaited, so that a handler is one that may suspend."""


@app.route("/kind")
async def kind():
    task = asyncio.current_task()
    assert isinstance(task, asyncio.Task)
    assert asyncio.isfuture(task)
    assert not task.done()
    assert task.get_loop() is asyncio.get_running_loop()
    await nothing()
    return task.get_coro().__name__


@app.route("/same")
async def same():
    task = asyncio.current_task()
    hashes = {hash(task)}
    await asyncio.sleep(0)
    assert asyncio.current_task() is task
    assert task in asyncio.all_tasks()
    others = [other for other in asyncio.all_tasks() if other is not task]
    assert "same" not in "".join(map(repr, others))
    hashes.add(hash(asyncio.current_task()))
    return str(len(hashes))


@app.route("/unknown")
async def unknown():
    """A task that nothing was asked of before the first suspension."""
    await asyncio.sleep(0)
    task = asyncio.current_task()
    assert type(task) is asyncio.Task
    assert task in asyncio.all_tasks()
    await asyncio.sleep(0)
    return "ok"


@app.route("/callback")
async def callback():
    """Its own task in a set, from which a callback removes it."""
    task = asyncio.current_task()
    running = kept.setdefault("running", set())
    running.add(task)
    task.add_done_callback(running.discard)
    kept["task"] = task
    await nothing()
    return "called"


@app.route("/after-callback")
async def after_callback():
    await kept["task"]
    await asyncio.sleep(0)
    return f"{len(kept['running'])} {kept['task'].result()} {kept.pop('task').done()}"


@app.route("/kept")
async def keep():
    """Kept, but nothing is asked of it before it is over."""
    kept["task"] = asyncio.current_task()
    await nothing()
    return "kept"


@app.route("/after-kept")
async def after_kept():
    return await kept.pop("task")


@app.route("/cancels-itself")
async def cancels_itself():
    asyncio.current_task().cancel("by itself")
    try:
        await asyncio.get_running_loop().create_future()
    except asyncio.CancelledError as error:
        return str(error)


@app.route("/timeout")
async def timeout():
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(60)
    except TimeoutError:
        return "timed out"


@app.route("/expired")
async def expired():
    """A timeout that has passed before the first suspension."""
    try:
        async with asyncio.timeout(0):
            await asyncio.sleep(60)
    except TimeoutError:
        return "expired"


@app.route("/group")
async def group():
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(asyncio.sleep(0, "a"))
    return first.result()


@app.route("/group-fails")
async def group_fails():
    async def fail():
        raise KeyError

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())
            await asyncio.sleep(60)
    except* KeyError:
        pass
    return "failed"


@app.route("/context")
async def context():
    """One context in all steps: a variable can be reset in a later one."""
    token = variable.set("set")
    await asyncio.sleep(0)
    variable.reset(token)
    return str(variable.get("reset"))


@app.route("/raises")
async def raises():
    asyncio.current_task().get_name()
    await nothing()
    raise KeyError("expected")


@app.route("/released")
async def released():
    """The tasks of handlers that are over are not kept."""
    before = kept.get("reference", lambda: None)()
    task = asyncio.current_task()
    task.get_name()
    kept["reference"] = weakref.ref(task)
    await asyncio.sleep(0)
    return str(before)


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app.run(host, int(port), loop=sys.argv[2])
