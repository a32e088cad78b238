"""gunicorn's own ASGI worker, one of it, with uvloop and, if it is installed, the parser in C."""

from gunicorn.app.base import BaseApplication

from .asgi_app import app


class Server(BaseApplication):
    """gunicorn with settings and an application from here instead of the command line."""

    def __init__(self, **settings):
        self.settings = settings
        super().__init__()

    def load_config(self):
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self):
        return app


def serve(host, port):
    Server(
        bind=f"{host}:{port}",
        workers=1,
        worker_class="asgi",
        asgi_loop="uvloop",
        # The parser in C (`gunicorn_h1c`) where it is installed and new enough.
        http_parser="auto",
        asgi_lifespan="off",
        worker_connections=16_384,
        backlog=8_192,
        # Idle connections must stay open.
        keepalive=3_600,
        loglevel="critical",
    ).run()
