"""An ASGI application below prefixes, and in workers: `python places.py METHOD`."""

import gc
import multiprocessing
import os
import sys
import weakref

from tremolo import Application, run
from tremolo.asgi import ASGI


class Kept:
    """In the scope of a request."""


kept = weakref.WeakSet()


async def in_cycle(scope, receive, send):
    """The scope leads to itself, by the functions of the server."""
    gc.collect()
    before = len(kept)
    scope["kept"] = Kept()
    kept.add(scope["kept"])
    scope["functions"] = (receive, send)
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": str(before).encode()})


async def inner(scope, receive, send):
    text = str(os.getpid()) if scope["path"] == "/pid" else repr(scope)
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": text.encode()})


middle = Application()
middle.mount("/two", ASGI(inner, lifespan="off"))
outer = Application()
outer.mount("/one", middle)
outer.mount("/cycle", ASGI(in_cycle, lifespan="off"))
outer.mount("/proxied", ASGI(inner, lifespan="off", root_path="/api"))

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    run(inner, port=0, worker_num=2, lifespan="off", log_level="ERROR")
