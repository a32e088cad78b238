"""ASGI applications: Starlette, FastAPI, Django, Quart, and every other one of ASGI 3.

>>> from tremolo import Application, run
>>> from tremolo.asgi import ASGI
>>> run("example:app", port=8000)  # any application, by name
>>> app = Application()
>>> app.mount("/api", ASGI(api))  # below a prefix
"""

from ._application import ASGI, ASGIApplication, Message, Receive, Scope, Send
from ._errors import ClientDisconnected

__all__ = [
    "ASGI",
    "ASGIApplication",
    "ClientDisconnected",
    "Message",
    "Receive",
    "Scope",
    "Send",
]
