"""Applications that keep or change what the server made for one request."""

import asyncio
import functools
import weakref

kept = []
references = []
waiting = []
released = functools.cache(asyncio.Event)


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise ValueError("no lifespan")
    name = scope["path"].strip("/").replace("-", "_")
    await globals()[f"on_{name}"](scope, receive, send)


async def reply(send, value):
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": repr(value).encode()})


async def on_changes_scope(scope, receive, send):
    seen = (len(scope["headers"]), scope.get("added"), dict(scope["state"]), scope["method"])
    scope["headers"].append((b"added", b"1"))
    scope["added"] = scope["state"]["added"] = True
    scope["method"] = "CHANGED"
    await reply(send, seen)


async def on_shows_scope(scope, receive, send):
    await reply(send, (scope["method"], scope["query_string"], sorted(scope["headers"])))


async def on_keeps_send(scope, receive, send):
    kept.append((receive, send))
    await reply(send, len(kept))


async def on_uses_kept(scope, receive, send):
    """Those of other requests, which are over."""
    results = []
    for other_receive, other_send in kept:
        assert other_send is not send
        results.append((await other_receive())["type"])
    await reply(send, results)


async def on_refers_weakly(scope, receive, send):
    alive = [reference() for reference in references if reference() is not None]
    references.append(weakref.ref(send))
    await reply(send, len(alive))


async def on_waits(scope, receive, send):
    waiting.append(scope["query_string"])
    await released().wait()
    await reply(send, scope["query_string"])


async def on_waiting(scope, receive, send):
    await reply(send, sorted(waiting))


async def on_releases(scope, receive, send):
    released().set()
    await reply(send, None)


async def on_types(scope, receive, send):
    """Messages whose names are not the strings of any code, and more names than are known."""

    def name(text):
        return "".join(text)

    headers = iter([[b"x-a", bytearray(b"1")], (b"x-b", b"2")])
    start = {name("type"): "http.response.start", name("status"): 201, name("headers"): headers}
    start |= {f"other{number}": None for number in range(8)}
    await send(start)
    await send({name("type"): "http.response.body", 1: 2, name("body"): b"a", "more_body": 1})
    await send({"type": "http.response.body", "body": b"b"})
