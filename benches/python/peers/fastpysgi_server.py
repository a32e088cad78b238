"""fastpysgi, with one worker, whose event loop is its own.

Of several pieces that an application sends without waiting for something else, it sends only the
first. It keeps the body of a request in memory as a whole, 10 MB at most.
"""

import fastpysgi

from .asgi_app import app


def serve(host, port):
    server = fastpysgi.server
    # The peers of this comparison that make the socket do so, too.
    server.tcp_nodelay = 1
    server.backlog = 8_192
    fastpysgi.run(app, host=host, port=port, loglevel=fastpysgi.LL_FATAL_ERROR)
