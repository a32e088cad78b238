"""uvicorn with the packages of `uvicorn[standard]`: uvloop if asked for, httptools, websockets."""

import uvicorn

from .asgi_app import app


def serve(host, port, loop):
    uvicorn.run(
        app,
        host=host,
        port=port,
        loop=loop,
        http="httptools",
        # The default where `websockets` is installed, said for the record.
        ws="websockets-sansio",
        backlog=8_192,
        # Idle connections must stay open.
        timeout_keep_alive=3_600,
        log_level="critical",
        access_log=False,
        # Middleware that no peer in this comparison needs.
        proxy_headers=False,
    )
