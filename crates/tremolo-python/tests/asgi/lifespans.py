"""Lifespans of the ASGI tests; `python -m tremolo lifespans.py:NAME`."""

import asyncio
import os
import sys


async def reply(scope, receive, send):
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": repr(scope.get("state")).encode()})


def lifespan(function):
    """An application with this lifespan."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            return await function(scope, receive, send)
        return await reply(scope, receive, send)

    return app


@lifespan
async def good(scope, receive, send):
    await receive()
    scope["state"]["pid"] = os.getpid()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await asyncio.sleep(0)
    print("stopped", flush=True)
    await send({"type": "lifespan.shutdown.complete"})


@lifespan
async def unknown(scope, receive, send):
    raise KeyError(scope["type"])


@lifespan
async def returns(scope, receive, send):
    pass


@lifespan
async def fails(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "there is no\ndatabase"})


@lifespan
async def hangs(scope, receive, send):
    await receive()
    print("http://127.0.0.1:1", flush=True)
    await asyncio.Event().wait()


@lifespan
async def stubborn(scope, receive, send):
    """Hangs, and swallows its cancellation."""
    await receive()
    print("http://127.0.0.1:1", flush=True)
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


@lifespan
async def dies(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    raise ValueError("later")


@lifespan
async def wrong(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.failed", "message": "not closed"})


@lifespan
async def endless(scope, receive, send):
    """Never stops."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    while True:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue


@lifespan
async def unordered(scope, receive, send):
    await receive()
    try:
        await send({"type": "lifespan.shutdown.complete"})
    except RuntimeError as error:
        print(error, file=sys.stderr, flush=True)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
