"""granian, with one worker of one thread, for either of its interfaces."""

from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.http import HTTP1Settings


def serve(host, port, interface):
    Granian(
        f"peers.{interface}_app:app",
        address=host,
        port=port,
        interface=Interfaces(interface),
        working_dir=Path(__file__).parent.parent,
        workers=1,
        # Its documentation has this mode faster for one worker.
        runtime_mode=RuntimeModes.st,
        loop=Loops.uvloop,
        # Neither the preface of HTTP/2 nor an upgrade has to be looked for.
        http=HTTPModes.http1,
        websockets=False,
        # Answers to pipelined requests leave together, as those of the others do.
        http1_settings=HTTP1Settings(pipeline_flush=True),
        # It accepts no more connections than that: the idle ones are more than its default.
        backlog=8_192,
        backpressure=8_192,
        log_enabled=False,
    ).serve()
