"""WSGI applications (PEP 3333): Flask, Django, and every other one, on the threads of the server.

>>> from tremolo import Application, run
>>> from tremolo.wsgi import WSGI
>>> run("example:app", thread_pool_size=20)  # any application, by name
>>> app = Application()
>>> app.mount("/admin", WSGI(admin))  # below a prefix
"""

from ._application import WSGI, Environ, StartResponse, WSGIApplication

__all__ = ["WSGI", "Environ", "StartResponse", "WSGIApplication"]
