"""What the handlers of a worker share: contexts, options, tasks, threads; and the connection."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

from case import get, with_rows
from rows import LOCK_ALONE, NAMELESS_JOB, STOP_ITERATION
from tremolo import Application

app = Application()
app.context.own = "of the application"


async def show(response: Any, *values: object) -> None:
    """Without a returned body, which the two send in different ways."""
    await response.end(" ".join(map(str, values)).encode())


@app.route("/same")
async def same(request: Any, response: Any, **server: Any) -> None:
    """Whether everything leads to the same objects."""
    connection, context = request.server, server["globals"]
    pairs = [
        (connection, request.protocol),
        (connection.globals, context),
        (connection.context, server["context"]),
        (connection.loop, server["loop"]),
        (connection.logger, server["logger"]),
        (connection.app, app),
        (connection.options, context.options),
        (app.context, context),
        (app.loop, server["loop"]),
        (request.ctx, request.params),
    ]
    await show(response, *(left is right for left, right in pairs))


@app.route("/context")
async def contexts(request: Any, response: Any, **server: Any) -> None:
    context = server["context"]
    context.a = 1
    context["b"] = 2
    context.update(c=3)
    seen = [context.a, context["b"], context.get("c"), context.get("d", 4), "a" in context]
    del context["a"]
    await show(response, *seen, "a" in context, server["globals"].own)


@app.route("/connection-context")
async def connection_context(request: Any, response: Any, **server: Any) -> None:
    context = server["context"]
    client = context.client == request.client
    await show(response, client, context.transport is request.transport, type(context.tasks))


@app.route("/options")
async def options(request: Any, response: Any, **server: Any) -> None:
    given = server["globals"].options
    given["own"] = "changed"
    names = ("own", "debug", "ws", "client_max_body_size", "server_name", "root_path")
    await show(response, *(given[name] for name in names))


@app.route("/options-replaced")
async def options_replaced(request: Any, response: Any, **server: Any) -> None:
    kept = 0
    for context in (request.ctx, server["globals"]):
        try:
            context.options = {}
        except AttributeError:
            kept += 1
    await show(response, kept)


@app.route("/info")
async def info(request: Any, response: Any, **server: Any) -> None:
    known = server["globals"].info
    date = known["server_date"]
    await show(response, sorted(known), known["server_name"], known["server"][0], type(date))


@app.route("/submit")
async def submit(response: Any, **server: Any) -> None:
    def call(a: int, b: int) -> tuple[int, bool]:
        return a + b, threading.current_thread() in threads

    executor = server["globals"].executor
    threads = executor.threads
    found = await executor.submit(call, args=(1,), kwargs={"b": 2})
    await show(response, *found, executor.size, len(threads), executor.counter)


@app.route("/submit-generator")
async def submit_generator(response: Any, **server: Any) -> None:
    def count(end: int) -> Iterator[int]:
        yield from range(end)

    await show(response, *[n async for n in server["globals"].executor.submit(count, (3,))])


@app.route("/submit-raises")
async def submit_raises(response: Any, **server: Any) -> None:
    def call() -> None:
        raise ValueError("the reason")

    try:
        await server["globals"].executor.submit(call)
    except ValueError as error:
        await show(response, error)


@app.route("/submit-stops")
async def submit_stops(response: Any, **server: Any) -> None:
    def call() -> None:
        raise StopIteration

    try:
        await server["globals"].executor.submit(call)
    except BaseException as error:
        await show(response, type(error).__name__)


@app.route("/submit-busy")
async def submit_busy(response: Any, **server: Any) -> None:
    """Whether a job waits for a thread that is busy while others are idle."""
    executor, go = server["globals"].executor, threading.Event()
    first = executor.submit(go.wait)
    second = executor.submit(int)
    await asyncio.wait([second], timeout=0.2)
    done = second.done()
    go.set()
    await asyncio.gather(first, second)
    await show(response, done)


@app.route("/submit-named")
async def submit_named(response: Any, **server: Any) -> None:
    executor = server["globals"].executor
    thread = await executor.submit(threading.current_thread, name=executor.size + 1)
    await show(response, executor.threads.index(thread))


@app.route("/tasks")
async def tasks(request: Any, response: Any, **server: Any) -> None:
    async def one() -> int:
        return 1

    of_app, of_connection = app.create_task(one()), request.server.create_task(one())
    kept = [of_app in server["globals"].tasks, of_connection in server["context"].tasks]
    await show(response, *kept, await of_app, await of_connection)


@app.route("/task-of-connection")
async def task_of_connection(request: Any, response: Any, **server: Any) -> None:
    async def forever() -> None:
        await asyncio.sleep(3600)

    request.server.create_task(forever())
    await show(response, "started")


@app.route("/lock")
async def locked(response: Any, **server: Any) -> None:
    await show(response, server["lock"] is None)


@app.route("/closing")
async def closing(request: Any, response: Any, **server: Any) -> None:
    connection = request.server
    before = [connection.is_closing(), request.transport.is_closing(), connection.fileno > 0]
    await show(response, *before, await connection.run_middlewares("response", reverse=True))


CASES = with_rows(
    [
        get("/same"),
        get("/context"),
        get("/connection-context"),
        get("/options"),
        get("/options-replaced"),
        get("/info"),
        get("/submit"),
        get("/submit-generator"),
        get("/submit-raises"),
        get("/submit-stops"),
        get("/submit-busy"),
        get("/submit-named"),
        get("/tasks"),
        get("/task-of-connection"),
        get("/lock"),
        get("/closing"),
    ],
    {
        STOP_ITERATION: "submit-stops",
        NAMELESS_JOB: "submit-busy",
        LOCK_ALONE: "lock",
    },
)
