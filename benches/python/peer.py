"""A Python peer: `peer.py ADDRESS SERVER`, run by the interpreter that has the server installed.

Every server serves every path of the contract (`peers/contract.py`) that it can, in one process,
set up as its own documentation advises for speed; why each setting is what it is stands beside it.
What a server cannot do is said in the header of its application, and `check.py` knows it.
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
    "granian-rsgi": ("granian_server", "rsgi"),
    "granian-asgi": ("granian_server", "asgi"),
    "uvicorn": ("uvicorn_server",),
    "socketify": ("socketify_app",),
}


def tell_when_ready(host, port, out):
    """Prints a line once the address answers: what servers print may come before they listen."""
    while True:
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            print("ready", file=out, flush=True)
            return


def main(address, server):
    """Serves in this process, until it is killed."""
    host, _, port = address.rpartition(":")
    module, *words = SERVERS[server]
    # What servers print goes nowhere. Below `sys.stdout`, for the original takes that apart.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    threading.Thread(target=tell_when_ready, args=(host, int(port), out), daemon=True).start()
    importlib.import_module(f"peers.{module}").serve(host, int(port), *words)


# Workers of granian import this file under another name.
if __name__ == "__main__":
    main(*sys.argv[1:])
