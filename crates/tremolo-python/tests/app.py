"""The application under test: handlers of every kind. `python app.py HOST:PORT LOOP`."""

import asyncio
import contextvars
import gc
import sys
import threading

import endless
import members
from tremolo import Application
from tremolo.exceptions import BadRequest, Forbidden, HTTPRedirect, NotFound, TooManyRequests

app = Application()
variable = contextvars.ContextVar("variable", default="unset")
events = []
members.add_routes(app)
endless.add_routes(app, events)


@app.route("/hello")
async def hello():
    return "Hello World!"


@app.route("/caf\u00e9/%7Euser")
async def as_sent(request):
    return request.path


@app.route("/args")
async def args(response, request, *, app, loop, logger, context, globals, websocket=None, n=3):  # noqa: A002 - its name
    assert websocket is None
    assert loop is asyncio.get_running_loop()
    assert response.request is request
    assert globals.options["app_close_timeout"] == 0.2
    assert app.context is globals
    assert context.client == request.client
    logger.debug("args")
    return f"{n} {request.ctx.options['n']}"


@app.route("/server")
async def server_arguments(**server):
    return ",".join(sorted(server))


class Hostile(Exception):
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__

    def __del__(self):
        self.gone = True


class HostileRefusal(Forbidden):
    def __str__(self):
        raise RuntimeError("no text")


class HostileField:
    def __str__(self):
        raise RuntimeError("no text")


FORGED = "one\r\n[2026] ERROR: forged\x1b[2J"


@app.route("/hostile")
async def hostile(request):
    match request.query_string:
        case b"error":
            raise Hostile
        case b"refusal":
            raise HostileRefusal
        case b"field":
            raise Forbidden("no", retry_after=HostileField())
        case b"callback":

            def fail():
                raise Hostile

            request.server.add_close_callback(fail)
            return "later"
    error = ValueError(FORGED)
    error.add_note(FORGED)
    raise RuntimeError("outer") from ExceptionGroup(FORGED, [error])


@app.route("/refused")
async def refused():
    raise Forbidden(FORGED)


@app.route("/options")
async def options(status=(418, "Teapot"), content_type="text/plain", chunked=True):
    return "short"


@app.route("/task")
async def in_task(request):
    task = asyncio.current_task()
    assert task is not None
    await asyncio.sleep(0)
    assert asyncio.current_task() is task
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        first = group.create_task(asyncio.sleep(0, "a"))
        second = group.create_task(asyncio.sleep(0.001, "b"))
    return first.result() + second.result()


@app.route("/own-task")
async def own_task(app):
    app.context.task = task = asyncio.current_task()
    await asyncio.sleep(0)
    frame = task.get_stack()[-1]
    assert frame.f_code.co_name == "own_task"
    assert "own_task" in repr(task)
    return "own"


@app.route("/task-of-another")
async def task_of_another(app):
    return await app.context.task + " result"


@app.route("/late-generator")
async def late_generator():
    await asyncio.sleep(0)
    return (piece for piece in ("a", "b"))


@app.route("/timeout")
async def timeout():
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(60)
    except TimeoutError:
        return "timed out"


@app.route("/other-thread")
async def other_thread():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(future.set_result, "set"))
    thread.start()
    try:
        return await future
    finally:
        thread.join()


@app.route("/variable")
async def variable_now():
    before = variable.get()
    variable.set("leaked")
    return before


@app.route("/variable-task")
async def variable_in_task():
    before = variable.get()
    variable.set("leaked")
    await asyncio.sleep(0)
    return before + variable.get()


@app.route("/variable-yield")
async def variable_in_stream():
    variable.set("kept")
    yield b"1"
    yield variable.get()


@app.route("/sync")
def sync(request, response):
    response.set_header("X-Thread", threading.current_thread().name)
    return request.body().decode() or "no body"


@app.route("/sync-yield")
def sync_yield(request):
    yield from request.stream()
    yield b"."


@app.route("/sync-write")
def sync_write(response):
    response.write(b"a")
    response.end(b"b")


@app.route("/yield-wait")
async def yield_wait():
    for number in range(3):
        await asyncio.sleep(0)
        yield str(number)


@app.route("/yield-buffered")
async def yield_buffered(stream=False):
    yield b"a"
    yield b"b"


@app.route("/echo")
async def echo(request):
    return await request.body()


@app.route("/echo-stream")
async def echo_stream(request):
    async for data in request.stream():
        yield data


@app.route("/read")
async def read(request):
    first = await request.read(4)
    second = await request.read()
    rest = b"".join([data async for data in request.stream()])
    assert await request.read() == b""
    return first + b"|" + second + rest


@app.route("/read-timeout")
async def read_timeout(request):
    return await request.read(10, timeout=0.05)


@app.route("/body-twice")
async def body_twice(request):
    assert await request.body() is await request.body()
    return type(await request.body()).__name__


@app.route("/form")
async def form(request):
    await request.form()
    files = {name: [dict(f) for f in value] for name, value in request.params.files.items()}
    return repr((request.params.post, files))


@app.route("/files")
async def files(request):
    seen = []
    size = int(request.query_string or 1 << 30)
    async for part in request.files(max_file_size=size):
        seen.append((part["name"], part.get("filename"), len(part["data"]), part["eof"]))
    return repr(seen)


@app.route("/part-stream")
async def part_stream(request):
    total = 0
    async for part in request.files(max_file_size=1000):
        async for data in part.stream():
            total += len(data)
    return str(total)


@app.route("/request")
async def request_members(request):
    names = "method url path query_string version host scheme is_secure query cookies ip".split()
    names += "content_type content_length has_body is_valid".split()
    members = {name: getattr(request, name) for name in names}
    return repr(members | {"headers": dict(request.headers), "uid": len(request.uid(24))})


@app.route("/raise")
async def raise_(request):
    match request.query_string:
        case b"forbidden":
            raise Forbidden("go <away>")
        case b"fields":
            raise TooManyRequests(retry_after=b"7")
        case b"key":
            raise KeyError("secret")
        case b"text":
            raise BadRequest("plain", content_type="text/plain")
        case b"cookies":
            raise HTTPRedirect(location="/hello", set_cookie=["a=1", b"b=2"])
        case b"cookies-page":
            raise NotFound(set_cookie=["a=1", b"b=2"])
        case b"page":
            raise NotFound("x")


@app.route("/redirect")
async def redirect(response):
    response.set_cookie("a", "1")
    raise response.redirect("/hello", 303)


TARGETS = ["/\u20ac", "/a b", b"/\xfc", "/%C3%BC?q=50%", "/\\evil.example", "https://a.b/c#d"]


@app.route("/redirect-to")
async def redirect_to(request, response):
    target = TARGETS[int(request.query["n"][0])]
    raise (
        response.redirect(target)
        if "raised" not in request.query
        else HTTPRedirect(location=target)
    )


@app.route("/redirect-split")
async def redirect_split(response):
    raise response.redirect("/a\r\nX-Split: yes")


@app.route("/sync-form")
def sync_form(request):
    return repr(request.form())


@app.error(404)
async def not_found(exc, request):
    await asyncio.sleep(0)
    return f"<p>custom {exc.code} {request.path.decode()}</p>"


@app.route("/forever")
async def forever(request, response):
    events.append("started")
    await response.write(b"head")
    try:
        await asyncio.sleep(3600)
    finally:
        events.append("cleaned")


@app.route("/flood")
async def flood(response):
    """Writes until the client stops reading: that suspends it."""
    try:
        for _ in range(1 << 14):
            await response.write(bytes(65536))
            events.append("flooded")
    except ConnectionError:
        events.append("gone")
        raise


@app.route("/flood-yield")
async def flood_yield():
    try:
        for _ in range(1 << 14):
            events.append("flooded")
            yield bytes(65536)
    finally:
        events.append("closed")


@app.route("/wait-body")
async def wait_body(request):
    events.append("waiting")
    try:
        await request.body()
    except ConnectionError:
        events.append("gone")
        raise


@app.route("/events")
async def tell_events():
    told = ",".join(events)
    events.clear()
    return told


@app.route("/count-events")
async def count_events():
    return str(len(events))


@app.route("/objects")
async def objects():
    gc.collect()
    kinds = ("Request", "Response", "Operation", "Step", "TaskOver", "Connection", "coroutine")
    return ",".join(
        f"{kind}={sum(type(thing).__name__ == kind for thing in gc.get_objects())}"
        for kind in kinds
    )


@app.route("/six")
async def six():
    return 200, None, "text/plain", [], b"forged", False


@app.route("/no-body")
async def no_body(request):
    values = {"dict": {"a": 1}, "list": ["a"], "int": 42, "float": 0.5, "false": False, "tuple": ()}
    return values.get(request.query_string.decode(), object())


@app.route("/no-body-task")
async def no_body_in_task():
    await asyncio.sleep(0)
    return {"a": 1}


@app.route("/no-body-thread")
def no_body_in_thread():
    return {"a": 1}


@app.route("/no-body-late")
async def no_body_late(response):
    await response.write(b"begun")
    return 1


@app.route("/no-body-ended")
async def no_body_ended(response):
    await response.end(b"whole")
    return 1


@app.route("/tuples")
async def tuples(request):
    values = {
        "bytes": (b"raw", b"latin-1"),
        "text": ("one",),
        "one": (b"one",),
        "three": ("\xe9", "latin-1", "x"),
        "array": (bytearray(b"q"), None),
    }
    return values[request.query_string.decode()]


@app.route("/integers")
async def integers(response):
    view = memoryview(b"abcdefgh").cast("I")
    await response.write(view)
    await response.write(view[::-1])
    return view


@app.route("/left")
async def left(response):
    return True


@app.route("/slow")
async def slow():
    await asyncio.sleep(0.3)
    return "slow"


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app.run(
        host,
        int(port),
        loop=sys.argv[2],
        app_close_timeout=0.2,
        app_handler_timeout=float(sys.argv[3]) if len(sys.argv) > 3 else 60,
        log_level="DEBUG",
        client_max_body_size=1 << 30,
    )
