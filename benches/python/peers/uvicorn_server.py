"""uvicorn with what `uvicorn[standard]` brings: uvloop and httptools."""

import uvicorn

from .asgi_app import app


def serve(host, port):
    uvicorn.run(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        # No upgrade has to be looked for.
        ws="none",
        backlog=8_192,
        # The idle ones shall stay.
        timeout_keep_alive=3_600,
        log_level="critical",
        access_log=False,
    )
