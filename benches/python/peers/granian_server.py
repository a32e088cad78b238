"""granian, with one worker of one thread, for either of its interfaces."""

from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.http import HTTP1Settings


def serve(host, port, interface, websockets=False):
    Granian(
        f"peers.{interface}_app:app",
        address=host,
        port=port,
        interface=Interfaces(interface),
        working_dir=Path(__file__).parent.parent,
        workers=1,
        # The documentation recommends this mode for one worker.
        runtime_mode=RuntimeModes.st,
        loop=Loops.uvloop,
        # The server need not look for the HTTP/2 preface, nor for upgrades where none come.
        http=HTTPModes.http1,
        websockets=websockets,
        # Responses to pipelined requests are sent together, as by the other peers.
        http1_settings=HTTP1Settings(pipeline_flush=True),
        # The maximum number of connections: the scenario `idle` needs more than the default.
        backlog=16_384,
        backpressure=16_384,
        log_enabled=False,
    ).serve()
