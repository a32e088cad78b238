"""Handlers that wait several times: `python steps.py HOST:PORT LOOP`. See `test_steps.py`."""

import asyncio
import contextvars

from seen import run, seen
from tremolo import Application

app = Application()
variable = contextvars.ContextVar("variable", default="unset")
tasks = {}


@app.route("/task")
async def task_of_handler(websocket):
    """The current task and the context are those of the handler after each wait."""
    task = asyncio.current_task()
    for number in range(5):
        message = await websocket.receive()
        is_same = asyncio.current_task() is task and task in asyncio.all_tasks()
        await websocket.send(f"{message} {is_same} {variable.get()}")
        variable.set(number)


@app.route("/late-task")
async def late_task(websocket):
    """The handler asks for its task after the first wait."""
    await websocket.receive()
    task = asyncio.current_task()
    for _ in range(3):
        await websocket.send(repr((asyncio.current_task() is task, task.done())))
        await websocket.receive()


@app.route("/others")
async def waits_for_others(websocket):
    """Between two messages the handler waits for what the server does not know."""
    loop = asyncio.get_running_loop()
    for _ in range(3):
        message = await websocket.receive()
        await asyncio.sleep(0)
        future = loop.create_future()
        loop.call_soon(future.set_result, message)
        reply = await future
        reply += await asyncio.create_task(asyncio.sleep(0, "!"))
        async with asyncio.timeout(10):
            await asyncio.sleep(0.001)
        await websocket.send(reply)


@app.route("/timeouts")
async def timeouts(websocket):
    await websocket.accept()
    for _ in range(3):
        try:
            async with asyncio.timeout(0.01):
                while True:
                    await websocket.send(await websocket.receive())
        except TimeoutError:
            await websocket.send("timeout")
        await websocket.send(await websocket.receive())


@app.route("/cancelled")
async def cancelled(websocket):
    """Another handler cancels it while it waits, and it goes on."""
    tasks["cancelled"] = asyncio.current_task()
    for _ in range(3):
        try:
            while True:
                await websocket.send(await websocket.receive())
        except asyncio.CancelledError as error:
            asyncio.current_task().uncancel()
            await websocket.send(f"cancelled {error.args}")


@app.route("/cancel")
async def cancel(request):
    return repr(tasks["cancelled"].cancel(request.query_string.decode()))


@app.route("/cancels-itself")
async def cancels_itself(websocket):
    await websocket.accept()
    for _ in range(3):
        message = await websocket.receive()
        asyncio.current_task().cancel("itself")
        try:
            await websocket.receive()
        except asyncio.CancelledError as error:
            await websocket.send(f"{message} {error.args}")


@app.route("/raises")
async def raises(websocket):
    for _ in range(3):
        await websocket.send(await websocket.receive())
    raise ValueError("expected in the log")


@app.route("/awaited")
async def awaited(websocket):
    """Another task waits for the end of the handler."""
    task = asyncio.current_task()

    async def see_the_end():
        await asyncio.wait([task])
        seen.append(f"{task.result()} {task.cancelled()}")

    tasks["end"] = asyncio.create_task(see_the_end())
    for _ in range(3):
        await websocket.send(await websocket.receive())


@app.route("/two-tasks")
async def two_tasks(websocket):
    """Tasks of the handler receive in turn, and it waits for them."""

    async def echo():
        for _ in range(3):
            await websocket.send(await websocket.receive())

    await websocket.accept()
    for _ in range(3):
        await echo()
        await asyncio.create_task(echo())


@app.route("/body")
async def body(request):
    """Pieces of a body, with a wait for each."""
    task, sizes = asyncio.current_task(), 0
    async for piece in request.stream():
        assert asyncio.current_task() is task
        sizes += len(piece)
    return str(sizes)


if __name__ == "__main__":
    run(app, app_close_timeout=0.1)
