"""fastpysgi, with one worker, whose event loop is its own.

With this application it gets no body of a request, and sends only the first of several pieces.
"""

import fastpysgi

from .asgi_app import app


def serve(host, port):
    server = fastpysgi.server
    # The peers of this comparison that make the socket do so, too.
    server.tcp_nodelay = 1
    server.backlog = 8_192
    fastpysgi.run(app, host=host, port=port, loglevel=fastpysgi.LL_FATAL_ERROR)
