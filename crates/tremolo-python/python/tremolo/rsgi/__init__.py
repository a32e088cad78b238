"""RSGI applications: the interface of granian, version 1.6.

>>> from tremolo import Application, run
>>> from tremolo.rsgi import RSGI
>>> run("example:app", interface="rsgi")  # any application, by name
>>> app = Application()
>>> app.mount("/old", RSGI(old))  # below a prefix
"""

from ._application import RSGI, RSGIApplication
from ._http import HTTPProtocol, HTTPStreamTransport
from ._scope import Headers, Scope
from ._websocket import WebsocketMessage, WebsocketProtocol, WebsocketTransport

__all__ = [
    "RSGI",
    "HTTPProtocol",
    "HTTPStreamTransport",
    "Headers",
    "RSGIApplication",
    "Scope",
    "WebsocketMessage",
    "WebsocketProtocol",
    "WebsocketTransport",
]
