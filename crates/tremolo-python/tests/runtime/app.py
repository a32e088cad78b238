"""The application of these tests: tasks, threads, ends. `python app.py LOOP LISTENERS OPTIONS`."""

import asyncio
import contextlib
import contextvars
import gc
import json
import os
import sys
import threading
import time
from pathlib import Path

import anyio
import anyio.lowlevel
import anyio.to_thread
from tremolo import Application
from tremolo._tremolo import BodyStream, Request, Response, Step

app = Application()
variable = contextvars.ContextVar("variable", default="unset")
events = []
kept = {}


@app.route("/hello")
async def hello():
    return "Hello World!"


@app.route("/client")
async def client(request, context):
    assert context.client == request.client
    return f"{request.client} {request.ip.decode()}"


@app.route("/until-stopped")
async def until_stopped(request):
    events.append("waits")
    context = request.server.globals
    await asyncio.gather(request.draining(), request.server.draining(), context.draining())
    return f"{request.is_draining} {request.server.is_draining} {context.is_draining}"


@app.route("/until-stopped-on-a-thread")
def until_stopped_on_a_thread(request):
    events.append("waits")
    request.draining()
    return f"{request.is_draining}"


@app.route("/events")
async def tell_events():
    return ",".join(events)


@app.route("/count")
async def count(request):
    return str(events.count(request.query_string.decode()))


# Tasks and what waits in them.


@app.route("/timeout-body")
async def timeout_of_a_body(request):
    try:
        async with asyncio.timeout(0.01):
            await request.body()
    except TimeoutError:
        return "timed out"


@app.route("/group")
async def group(request, response):
    async with asyncio.TaskGroup() as tasks:
        body = tasks.create_task(request.body())
        tasks.create_task(response.write(b"from a child, "))
    await response.write(body.result())


@app.route("/group-fails")
async def group_fails():
    async def fail():
        raise ValueError("of a child")

    async def wait():
        try:
            await asyncio.sleep(3600)
        finally:
            events.append("child-cleaned")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(wait())
        await asyncio.sleep(0)
        tasks.create_task(fail())


@app.route("/anyio")
async def with_anyio(request):
    said = []

    async def child(text):
        await anyio.lowlevel.checkpoint()
        said.append(text)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(child, "a")
        tasks.start_soon(child, "b")
    with anyio.move_on_after(0.01) as scope:
        await request.body()
    said.append(str(scope.cancelled_caught))
    thread = await anyio.to_thread.run_sync(threading.current_thread)
    said.append(str(thread is not threading.current_thread()))
    return ",".join(said)


@app.route("/anyio-stream")
async def anyio_stream():
    async with anyio.create_task_group() as tasks:
        send, receive = anyio.create_memory_object_stream(0)
        tasks.start_soon(send.send, "piece")
        yield await receive.receive()
        tasks.start_soon(send.aclose)
    await receive.aclose()


@app.route("/spin")
async def spin():
    for _ in range(1000):
        await asyncio.sleep(0)
    return "span"


@app.route("/other-thread")
async def other_thread():
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def target():
        loop.call_soon_threadsafe(future.set_result, threading.current_thread() is not main)

    main = threading.current_thread()
    thread = threading.Thread(target=target)
    thread.start()
    try:
        return str(await future)
    finally:
        thread.join()


@app.route("/rendezvous")
async def rendezvous(request):
    """The first request waits for the second: handlers that set each other's futures."""
    if waiting := kept.pop("waiting", None):
        waiting.set_result("met")
        return "met"
    kept["waiting"] = asyncio.get_running_loop().create_future()
    return await kept["waiting"]


@app.route("/cancels-itself")
async def cancels_itself():
    asyncio.current_task().cancel()
    await asyncio.sleep(0)


@app.route("/raises-later")
async def raises_later():
    await asyncio.sleep(0)
    raise KeyError("the reason")


@app.route("/raises-at-once")
async def raises_at_once():
    raise KeyError("the reason")


@app.route("/raises-in-a-stream")
async def raises_in_a_stream():
    yield b"piece"
    raise KeyError("the reason")


@app.route("/raises-in-a-thread")
def raises_in_a_thread():
    raise KeyError("the reason")


# Context variables.


def seen_and_set():
    before = variable.get()
    variable.set("set")
    return before


@app.route("/variable/inline")
async def variable_inline():
    return seen_and_set()


@app.route("/variable/task")
async def variable_task():
    before = seen_and_set()
    await asyncio.sleep(0)
    return before + variable.get()


@app.route("/variable/child")
async def variable_child():
    before = seen_and_set()

    async def child():
        return seen_and_set()

    return before + await asyncio.create_task(child())


@app.route("/variable/pieces")
async def variable_pieces():
    yield seen_and_set()
    yield variable.get()


@app.route("/variable/waiting-pieces")
async def variable_waiting_pieces():
    yield seen_and_set()
    await asyncio.sleep(0)
    yield variable.get()


@app.route("/variable/slow-pieces")
async def variable_slow_pieces():
    """Suspended by a slow reader and taken up from within another connection's turn."""
    yield seen_and_set()
    for _ in range(64):
        yield bytes(65536)
    yield variable.get()


@app.route("/variable/thread")
def variable_thread():
    return seen_and_set()


@app.route("/variable/thread-pieces")
def variable_thread_pieces():
    yield seen_and_set()
    yield variable.get()


@app.route("/variable/to-thread")
async def variable_to_thread():
    before = seen_and_set()
    return before + await asyncio.to_thread(variable.get)


# Ends.


@app.route("/wait")
async def wait(request):
    """Waits, with a clean-up that takes a moment."""
    events.append("waits")
    try:
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(0)
        events.append("cleaned")
        app.logger.info("cleaned up")


@app.route("/wait-and-yield")
async def wait_and_yield():
    try:
        yield b"piece"
        events.append("waits")
        await asyncio.sleep(3600)
    finally:
        events.append("cleaned")


@app.route("/wait-body")
async def wait_body(request):
    """Waits for its client, and then for something else."""
    events.append("waits")
    try:
        await request.body()
    except ConnectionError:
        events.append("noticed")
    try:
        await asyncio.sleep(3600)
    finally:
        events.append("cleaned")


@app.route("/late", app_handler_timeout=3600)
@app.route("/late-by-default")
async def late(app=app):
    await asyncio.sleep(0.3)
    return "late"


@app.route("/held")
def held(request):
    """Holds its thread until `/let` is asked for."""
    events.append(request.query_string.decode())
    kept.setdefault("held", threading.Event()).wait()
    return "done"


@app.route("/held-pieces")
def held_pieces():
    try:
        yield b"piece"
        events.append("waits")
        kept.setdefault("held", threading.Event()).wait()
        yield b"piece"
    finally:
        events.append("closed")


@app.route("/let")
async def let():
    kept.setdefault("held", threading.Event()).set()
    return "let"


@app.route("/until-told")
async def until_told():
    """Ends with a request for `/tell`, or with a line on standard input."""
    kept["told"] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().run_in_executor(None, tell_when_a_line_comes, kept["told"])
    yield b"begun,"
    await kept["told"]
    yield b"ended"


def tell_when_a_line_comes(future):
    if sys.stdin.readline():
        future.get_loop().call_soon_threadsafe(future.set_result, None)


@app.route("/block")
async def block():
    """Keeps the whole loop from turning until a line comes."""
    print("blocks", flush=True)
    return sys.stdin.readline()


@app.route("/background")
async def background():
    async def work():
        await kept["told"]
        app.logger.info("the task is done")

    kept["told"] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().run_in_executor(None, tell_when_a_line_comes, kept["told"])
    app.create_task(work())
    return "begun"


@app.route("/stubborn")
async def stubborn(response):
    await response.write(b"begun")
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)


@app.route("/stubborn-thread")
def stubborn_thread(response):
    response.write(b"begun")
    time.sleep(3600)


@app.route("/interrupt/inline")
async def interrupt_inline():
    raise KeyboardInterrupt


@app.route("/interrupt/task")
async def interrupt_task():
    await asyncio.sleep(0)
    raise KeyboardInterrupt


@app.route("/interrupt/pieces")
async def interrupt_pieces():
    yield b"piece"
    raise KeyboardInterrupt


# Memory and streams.


@app.route("/pieces")
async def pieces():
    yield b"a"
    yield b"b"


@app.route("/waiting-pieces")
async def waiting_pieces():
    yield b"a"
    await asyncio.sleep(0)
    yield b"b"


@app.route("/task")
async def task(request, response):
    response.set_header("X-A", "b")
    await asyncio.sleep(0)
    return await request.body()


@app.route("/server-task")
async def server_task(request):
    request.server.create_task(asyncio.sleep(3600))
    request.ctx.own = request
    return "begun"


@app.route("/thread")
def in_thread(request):
    return request.body()


@app.route("/left-open")
async def left_open(request, response):
    kept[request.query_string] = response
    return True


@app.route("/let-go")
async def let_go(request):
    kept.pop(request.query_string, None)
    return "gone"


@app.route("/flood")
async def flood():
    """Sends as many pieces of 64 KiB as the query contains; counts them."""
    piece = bytes(65536)
    try:
        while True:
            yield piece
            events.append("piece")
    finally:
        events.append("closed")


@app.route("/flood-waiting")
async def flood_waiting(response):
    piece = bytes(65536)
    await asyncio.sleep(0)
    try:
        while True:
            await response.write(piece)
            events.append("piece")
    finally:
        events.append("closed")


@app.route("/flood-thread")
def flood_thread():
    piece = bytes(65536)
    try:
        while True:
            yield piece
            events.append("piece")
    finally:
        events.append("closed")


@app.route("/give")
async def give(request):
    piece = bytes(65536)
    for _ in range(int(request.query_string)):
        yield piece


@app.route("/take")
async def take(request):
    total = 0
    async for data in request.stream():
        total += len(data)
    return str(total)


@app.route("/memory")
async def memory():
    pages = int(Path("/proc/self/statm").read_text().split()[1])  # noqa: ASYNC240 - no disk
    return str(pages * os.sysconf("SC_PAGESIZE"))


@app.route("/census")
async def census():
    """How many of each kind there are. Each object counts as a reference to its class."""
    gc.collect()
    kinds = {kind.__name__: sys.getrefcount(kind) for kind in (Request, Response, Step, BodyStream)}
    names = [type(thing).__name__ for thing in gc.get_objects()]
    for name in ("coroutine", "async_generator", "generator", "Connection", "RequestContext"):
        kinds[name] = names.count(name)
    kinds["tasks"] = len(asyncio.all_tasks())
    kinds["descriptors"] = len(os.listdir("/proc/self/fd"))
    return json.dumps(kinds)


if __name__ == "__main__":
    loop, listeners, options = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
    for port, host, own in listeners:
        app.listen(port, host, **own)
    app.run(loop=loop, **{"host": "127.0.0.1"} | options)
