"""Tremolo with the ASGI application of the other peers."""

from tremolo import run

from .asgi_app import app
from .tremolo_app import OPTIONS


def serve(host, port, loop):
    options = {name: value for name, value in OPTIONS.items() if name != "app_handler_timeout"}
    run(app, host=host, port=port, loop=loop, **options)
