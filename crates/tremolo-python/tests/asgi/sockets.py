"""WebSocket applications of the ASGI tests."""

import asyncio
import json

seen = []


async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(seen).encode()})
        return seen.clear()
    assert scope["type"] == "websocket", scope
    return await globals()[f"on_{scope['path'].strip('/')}"](scope, receive, send)


async def opened(receive, send, **accept):
    assert await receive() == {"type": "websocket.connect"}
    await send({"type": "websocket.accept", **accept})


async def on_echo(scope, receive, send):
    await opened(receive, send)
    while (event := await receive())["type"] == "websocket.receive":
        await send({**event, "type": "websocket.send"})
    seen.append([event["type"], event["code"], event.get("reason", "")])


async def on_tells(scope, receive, send):
    """Its server stops."""
    await opened(receive, send)
    event = await receive()
    print(event["type"], event["code"], flush=True)


async def on_scope(scope, receive, send):
    await opened(receive, send)
    await send({"type": "websocket.send", "text": repr(scope)})


async def on_accept(scope, receive, send):
    headers = [(b"x-one", b"1"), (b"x-one", b"2")]
    await opened(receive, send, subprotocol=scope["subprotocols"][1], headers=headers)


async def on_unread(scope, receive, send):
    """Answers before it has asked for the connect event."""
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": "open", "bytes": None})
    assert await receive() == {"type": "websocket.connect"}
    assert (await receive())["type"] == "websocket.disconnect"


async def on_deny(scope, receive, send):
    await receive()
    await send({"type": "websocket.close"})
    event = await receive()
    seen.append([event["type"], event["code"]])


async def on_denial(scope, receive, send):
    await receive()
    headers = [(b"x-reason", b"no")]
    start = {"type": "websocket.http.response.start", "status": 401, "headers": headers}
    await send(start)
    body = {"type": "websocket.http.response.body"}
    await send({**body, "body": b"not ", "more_body": True})
    await send({**body, "body": b"here"})


async def on_close(scope, receive, send):
    await opened(receive, send)
    await send({"type": "websocket.close", "code": 4001, "reason": "enough"})
    event = await receive()
    seen.append([event["type"], event["code"]])


async def on_default(scope, receive, send):
    await opened(receive, send)
    await send({"type": "websocket.close"})


async def on_return(scope, receive, send):
    await opened(receive, send)


async def on_silent(scope, receive, send):
    """Returns without an answer."""


async def on_raise(scope, receive, send):
    await receive()
    raise ValueError("expected in the log")


async def on_fail(scope, receive, send):
    await opened(receive, send)
    raise ValueError("expected in the log")


async def on_gone(scope, receive, send):
    """Sends until its client has gone."""
    await opened(receive, send)
    try:
        while True:
            await send({"type": "websocket.send", "text": "more"})
            await asyncio.sleep(0.001)
    except OSError:
        seen.append("OSError")
        raise


async def on_waits(scope, receive, send):
    """Its client goes before the handshake is answered."""
    await receive()
    seen.append("waits")
    event = await receive()
    seen.append([event["type"], event["code"]])


async def on_order(scope, receive, send):
    """Messages that cannot come now are errors, and change nothing."""
    await receive()
    wrong = [{"type": "websocket.send", "text": "early"}, {"type": "http.response.start"}]
    for message in wrong:
        try:
            await send(message)
        except RuntimeError as error:
            seen.append(str(error))
    await send({"type": "websocket.accept"})
    for message in (
        {"type": "websocket.accept"},
        {"type": "websocket.send"},
        {"type": "websocket.send", "text": "a", "bytes": b"b"},
        {"type": "websocket.send", "text": b"bytes"},
        {"type": "websocket.close", "code": 1006},
    ):
        try:
            await send(message)
        except (RuntimeError, TypeError, ValueError) as error:
            seen.append(type(error).__name__)
    await send({"type": "websocket.send", "bytes": bytearray(b"fine")})


async def on_slow(scope, receive, send):
    await opened(receive, send)
    try:
        for number in range(100_000):
            await send({"type": "websocket.send", "bytes": b"x" * 65536})
            seen[:] = [number]
    except OSError:
        seen[:] = ["over"]
