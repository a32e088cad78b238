"""A Python peer: `peer.py ADDRESS SERVER`, run by the interpreter that has the server installed.

Every server serves every path of the contract (`peers/contract.py`) that it can, in one process. It
is configured as its own documentation recommends for speed; comments give the reason for each
setting. The header of each application lists what a server cannot do, and `check.py` expects it.
"""

import importlib
import os
import socket
import sys
import threading
import time

#: By name: the module under `peers` whose `serve` is called, and what with, after the address.
SERVERS = {
    "tremolo-asyncio": ("tremolo_app", "asyncio"),
    "tremolo-uvloop": ("tremolo_app", "uvloop"),
    "tremolo-asgi": ("tremolo_asgi", "uvloop"),
    "tremolo-asgi-asyncio": ("tremolo_asgi", "asyncio"),
    "granian-rsgi": ("granian_server", "rsgi"),
    "granian-asgi": ("granian_server", "asgi"),
    "granian-sockets": ("granian_server", "asgi", True),
    "uvicorn": ("uvicorn_server", "uvloop"),
    "uvicorn-asyncio": ("uvicorn_server", "asyncio"),
    "gunicorn": ("gunicorn_server",),
    "fastpysgi": ("fastpysgi_server",),
    "socketify": ("socketify_app",),
}


def tell_when_ready(host, port, out):
    """Prints a line once the address responds: servers may print lines before they listen."""
    while True:
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            print("ready", file=out, flush=True)
            return


def main(address, server):
    """Serves in this process until it is killed."""
    host, _, port = address.rpartition(":")
    module, *words = SERVERS[server]
    # The output of servers is discarded, below `sys.stdout`, because the original replaces that.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    threading.Thread(target=tell_when_ready, args=(host, int(port), out), daemon=True).start()
    importlib.import_module(f"peers.{module}").serve(host, int(port), *words)


# granian's workers import this file under another name.
if __name__ == "__main__":
    main(*sys.argv[1:])
