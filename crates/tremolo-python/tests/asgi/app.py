"""The applications of the ASGI tests. They know nothing of the server: any can serve them.

`app` has a coroutine function for each path. What they have seen is at `/seen`.
"""

import asyncio
import contextvars
import gc
import json
import os

seen = []
variable = contextvars.ContextVar("variable", default="unset")
tasks = set()
state_of_lifespan = {}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(scope, receive, send)
    name = scope["path"].removeprefix(scope["root_path"]).strip("/").partition("/")[0]
    return await globals()[f"on_{name or 'hello'}"](scope, receive, send)


async def lifespan(scope, receive, send):
    assert await receive() == {"type": "lifespan.startup"}
    scope["state"]["started"] = [1]
    state_of_lifespan.update(scope["state"])
    await send({"type": "lifespan.startup.complete"})
    assert await receive() == {"type": "lifespan.shutdown"}
    await send({"type": "lifespan.shutdown.complete"})


async def reply(send, body, status=200, headers=()):
    if isinstance(body, str):
        body = body.encode()
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def whole(receive):
    body, messages = b"", 0
    while True:
        event = await receive()
        assert event["type"] == "http.request", event
        body += event["body"]
        messages += 1
        if not event["more_body"]:
            return body, messages


async def on_hello(scope, receive, send):
    await reply(send, b"Hello World!", headers=[(b"content-type", b"text/plain")])


async def on_seen(scope, receive, send):
    text = json.dumps(seen)
    seen.clear()
    await reply(send, text)


async def on_scope(scope, receive, send):
    await reply(send, repr(scope))


async def on_changed(scope, receive, send):
    scope["state"]["own"] = 1
    scope["state"]["started"].append(2)
    scope["extra"] = True
    await reply(send, repr(scope["state"]))


async def on_echo(scope, receive, send):
    body, _ = await whole(receive)
    await reply(send, body)


async def on_pieces(scope, receive, send):
    """Each piece of the request is a piece of the response."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        event = await receive()
        assert isinstance(event["body"], bytes)
        more = event["more_body"]
        await send({"type": "http.response.body", "body": event["body"], "more_body": more})
        if not more:
            break
    seen.append((await receive())["type"])


async def on_nobody(scope, receive, send):
    first = await receive()
    await reply(send, repr(first))
    second = await receive()
    seen.append(second["type"])


async def on_headers(scope, receive, send):
    headers = [(b"x-one", b"1"), [b"x-two", b"2"], (b"x-one", b"3")]
    await reply(send, b"", headers=iter(headers))


async def on_defaults(scope, receive, send):
    await send({"type": "http.response.start", "status": 201})
    await send({"type": "http.response.body"})


async def on_unflushed(scope, receive, send):
    """The head is not sent before the body begins."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ValueError("expected in the log")


async def on_encoding(scope, receive, send):
    headers = [(b"transfer-encoding", b"gzip, chunked")]
    await reply(send, b"plain", headers=headers)


async def on_stream(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for piece in (b"a", b"", b"bc"):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body"})


async def on_flushed(scope, receive, send):
    """Each piece leaves before the next one is made: the client answers it."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ping", "more_body": True})
    event = await receive()
    await send({"type": "http.response.body", "body": event["body"]})


async def on_early(scope, receive, send):
    """The head alone."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "more_body": True})
    event = await receive()
    await send({"type": "http.response.body", "body": event["body"]})


async def on_status(scope, receive, send):
    status = int(scope["query_string"])
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"body"})


async def on_late(scope, receive, send):
    await reply(send, b"in time")
    await send({"type": "http.response.body", "body": b"late"})
    seen.append("not raised")


async def on_background(scope, receive, send):
    """Goes on after its response."""
    await reply(send, b"done")
    await asyncio.sleep(0.01)
    seen.append("background")


async def on_background_error(scope, receive, send):
    await reply(send, b"done")
    await asyncio.sleep(0)
    raise ValueError("expected in the log")


async def on_wait(scope, receive, send):
    """Waits for its client to go."""
    await whole(receive)
    seen.append("waits")
    seen.append((await receive())["type"])
    try:
        await reply(send, b"too late")
    except OSError as error:
        seen.append(isinstance(error, OSError))
        raise


async def on_endless(scope, receive, send):
    """Streams until its client has gone."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    try:
        while True:
            await send({"type": "http.response.body", "body": b"x" * 4096, "more_body": True})
            await asyncio.sleep(0)
    except OSError:
        seen.append("OSError")
        raise
    finally:
        seen.append("cleaned up")


async def on_event(scope, receive, send):
    """Sends an event, and another one when its client has gone."""
    event = {"type": "http.response.body", "body": b"event", "more_body": True}
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send(event)
    seen.append("sent")
    await receive()
    assert await receive() == {"type": "http.disconnect"}
    try:
        await send(event)
    except OSError:
        seen.append("OSError")


async def on_slow(scope, receive, send):
    """Streams as much as the client takes."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    try:
        for number in range(100_000):
            on_slow.sent = number
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
    except OSError:
        seen.append("slow is over")


async def on_sent(scope, receive, send):
    await reply(send, str(on_slow.sent))


async def on_context(scope, receive, send):
    """Its own context, in one task."""
    assert variable.get() == "unset"
    variable.set(scope["path"])
    task = asyncio.current_task()
    assert task is not None
    await asyncio.sleep(0)
    assert asyncio.current_task() is task
    await reply(send, variable.get())


async def on_group(scope, receive, send):
    """A group of tasks: one sends, one waits for the end."""

    async def watch():
        while (await receive())["type"] != "http.disconnect":
            pass
        seen.append("watched")

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch())
        await asyncio.sleep(0)
        await reply(send, b"by a group")
        await watching


async def on_timeout(scope, receive, send):
    await whole(receive)
    try:
        async with asyncio.timeout(0.01):
            await receive()
    except TimeoutError:
        await reply(send, b"timed out")


async def on_created(scope, receive, send):
    """Both functions return what tasks can be made of."""
    event = await asyncio.create_task(receive())
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await asyncio.create_task(send(start))
    body = {"type": "http.response.body", "body": event["type"].encode()}
    await asyncio.gather(send(body))


async def on_trailers(scope, receive, send):
    start = {"type": "http.response.start", "status": 200, "trailers": True}
    await send({**start, "headers": [(b"trailer", b"x-sum")]})
    await send({"type": "http.response.body", "body": b"body"})
    sums = [(b"x-sum", b"1")]
    trailers = {"type": "http.response.trailers"}
    await send({**trailers, "headers": sums, "more_trailers": True})
    await send({**trailers, "headers": [(b"x-other", b"2")]})


async def on_hints(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    links = [b"</a.css>; rel=preload", b"</b.js>; rel=preload"]
    await send({"type": "http.response.early_hint", "links": links})
    await send({"type": "http.response.body", "body": b"body", "more_body": True})
    await send({"type": "http.response.early_hint", "links": links})
    await send({"type": "http.response.body"})


async def on_file(scope, receive, send):
    headers = [(b"content-type", b"text/x-python")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.pathsend", "path": os.fspath(__file__)})


async def on_alive(scope, receive, send):
    """The channels of requests that are in memory, without a collection of garbage."""
    names = [type(one).__name__ for one in gc.get_objects()]
    await reply(send, str(sum(name in ("HttpChannel", "Operation") for name in names)))
