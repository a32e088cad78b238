"""An ASGI application below prefixes, and in workers: `python places.py METHOD`."""

import multiprocessing
import os
import sys

from tremolo import Application, run
from tremolo.asgi import ASGI


async def inner(scope, receive, send):
    text = str(os.getpid()) if scope["path"] == "/pid" else repr(scope)
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": text.encode()})


middle = Application()
middle.mount("/two", ASGI(inner, lifespan="off"))
outer = Application()
outer.mount("/one", middle)
outer.mount("/proxied", ASGI(inner, lifespan="off", root_path="/api"))

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    run(inner, port=0, worker_num=2, lifespan="off", log_level="ERROR")
