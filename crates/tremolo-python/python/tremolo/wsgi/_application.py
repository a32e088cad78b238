"""A WSGI application as a part of an `Application`: the handler of its prefix."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any

from ._call import Call
from ._environ import environ_of

if TYPE_CHECKING:
    from .._tremolo import Request, Response
    from ..lib.contexts import WorkerContext

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
WSGIApplication = Callable[[Environ, StartResponse], Iterable[bytes]]


class WSGI:
    """A WSGI application to be mounted: `Application.mount("/admin", WSGI(admin))`.

    Each request has a thread until its response is complete: `thread_pool_size` of them run at a
    time, and others wait. Bodies are streamed both ways. `root_path` is the path that a proxy in
    front has removed from the requests; the prefix is added to it, and is `SCRIPT_NAME`.
    """

    def __init__(self, app: WSGIApplication, *, root_path: str = "") -> None:
        if not callable(app):
            raise TypeError(f"a WSGI application is callable, and {app!r} is not")
        if not isinstance(root_path, str):
            raise TypeError(f"root_path: a string, not {root_path!r}")
        self.app = app
        self.root_path = root_path.rstrip("/")

    def __repr__(self) -> str:
        return f"WSGI({self.app!r})"

    def _handler(self, prefix: str) -> Callable[..., Coroutine[Any, Any, object]]:
        """The handler of its prefix."""
        app, prefix = self.app, prefix.rstrip("/")
        names = (self.root_path + prefix, len(prefix))

        async def wsgi(
            request: Request,
            response: Response,
            globals: WorkerContext,  # noqa: A002 - the name of the argument
        ) -> object:
            loop = asyncio.get_running_loop()
            call = Call(request, response, loop)
            environ = environ_of(request, names, globals, call.input())
            body = await globals.executor.submit(call.run, (app, environ))
            return await call.finish(body)

        return wsgi
