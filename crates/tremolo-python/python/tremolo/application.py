"""The application: routes, error pages, and how to run them."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from . import _listening, _logging, _options
from ._failures import get_logger
from ._handlers import (
    Handler,
    body_limit,
    defaults,
    folder_handler,
    handler_timeout,
    inspect_handler,
)
from ._service import Service
from ._support import Support
from ._tremolo import Server, StaticFiles, check_prefix
from .lib.contexts import WorkerContext

if TYPE_CHECKING:
    from ._option_types import Options

F = TypeVar("F", bound=Callable[..., Any])


class Tremolo:
    """An `Application`: routes, error pages and listeners.

    >>> app = Application()
    >>> @app.route("/hello")
    ... async def hello():
    ...     return "Hello World!"
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name
        self.logger: logging.Logger = get_logger()
        self.context: WorkerContext | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self._routes: list[tuple[str, Callable[..., Any], dict[str, Any]]] = []
        self._folders: list[tuple[str, StaticFiles]] = []
        self._pages: dict[int, list[Callable[..., Any]]] = {}
        #: Coroutine functions of a connection, by when they run.
        self._middlewares: dict[str, list[Callable[..., Any]]] = {"request": [], "response": []}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._places: dict[_listening.Place, dict[str, Any]] = {}

    def route(self, path: str, **options: Any) -> Callable[[F], F]:
        """Serves a path with the function below; of two for one path the later one wins.

        Slashes at the end do not matter, and neither does whether a character is percent-encoded
        that need not be: `/café` means `/caf%C3%A9`. The function serves every method except TRACE
        and CONNECT, which the server refuses. The path `*` answers `OPTIONS *` in its place.

        Of the options, `client_max_body_size` and `app_handler_timeout` are for this route what
        they are for `run`, whether more or less.
        """

        def decorate(function: F) -> F:
            self.add_route(function, path, **options)
            return function

        return decorate

    def add_route(self, func: Callable[..., Any], path: str = "/", **options: Any) -> None:
        """Serves a path with a function."""
        if not inspect.isroutine(func):
            raise TypeError(f"a handler is a function, not {func!r}")
        if path.startswith("^") or path.endswith("$"):
            raise ValueError(f"{path!r}: a path, not a pattern")
        # Raises an error in the options of a handler where it is registered.
        own = {**defaults(func), **options}
        body_limit(own)
        handler_timeout(own)
        self._routes.append((path, func, options))

    def mount(self, prefix: str, files: StaticFiles) -> None:
        """Serves everything at and below a prefix from a folder; exact routes go before it.

        >>> Application().mount("/static", StaticFiles("public", listing=True))
        """
        if not isinstance(files, StaticFiles):
            raise TypeError(f"what is mounted are StaticFiles, not {files!r}")
        check_prefix(prefix)
        self._folders.append((prefix, files))

    def error(self, code: int, func: Callable[..., Any] | None = None) -> Callable[[F], F]:
        """Has a function make the page of a status, 400 to 511; `None` keeps the built-in one.

        The page for 500 serves the others too, except 400, 404 and 405.
        """
        if not 400 <= code <= 511:
            raise ValueError(f"{code}: not the status of an error")

        def decorate(function: F) -> F:
            self._pages.setdefault(code, []).append(function)
            return function

        if func is not None:
            self._pages.setdefault(code, []).append(func)
        return decorate

    def create_task(self, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Starts a task that outlives its connection."""
        return self.add_task(asyncio.get_running_loop().create_task(coro))

    def add_task(self, task: asyncio.Task[Any]) -> asyncio.Task[Any]:
        """Keeps a task until it is done: a stopping server waits for it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def listen(
        self, port: int | str | os.PathLike[str], host: str | None = None, **options: Any
    ) -> bool:
        """Has the server listen on one more port, or on the path of a Unix socket.

        Without a host it is the one that `run` is given, else `localhost`. A listener can have its
        own timeouts, rates, limits of requests, `backlog`, `reuse_port`, `unix_socket_mode`,
        `half_close` and `proxy_protocol`; everything else is the server's. False: it was asked for
        before.
        """
        _listening.check(options)
        place = _listening.place(port, host)
        return self._places.setdefault(place, options) is options

    @overload
    def run(
        self,
        host: str | None = None,
        port: int = 0,
        *,
        loop: str | None = None,
        log_level: str | int | None = None,
        log_fmt: str | None = None,
        **options: Unpack[Options],
    ) -> None: ...

    @overload
    def run(self, host: str | None = None, port: int = 0, **options: Any) -> None: ...

    def run(
        self,
        host: str | None = None,
        port: int = 0,
        *,
        loop: str | None = None,
        log_level: str | int | None = None,
        log_fmt: str | None = None,
        thread_pool_size: int = 5,
        **options: Any,
    ) -> None:
        """Listens, prints the addresses, and serves until SIGINT or SIGTERM.

        The first signal lets running requests finish, for `shutdown_timeout` seconds at most; the
        second one ends them. If it cannot listen, the program exits with a line with the reason.
        Options that the server does not know are for the application, in `globals.options`. Those
        that it knows and that have no effect yet (`ssl`, `worker_num`, `reload` and others) are a
        `ValueError`, unless they have their default. `log_fmt` is a format of `logging`. With
        `access_log` each exchange is a line of the logger `tremolo.access`.
        Inside a running event loop it is a `RuntimeError`: there it is `serve`.
        """
        _check_no_loop_runs()
        _options.check(options)
        if host is None and not self._places:
            raise ValueError("host: where to listen? Or call listen() before")
        self._set_up_log(log_level, log_fmt, bool(options.get("debug")))
        options = {**options, "thread_pool_size": thread_pool_size}
        listeners = self._listeners(host, port)
        with asyncio.Runner(loop_factory=_loop_factory(loop)) as runner:
            try:
                service = runner.run(self._open(listeners, options))
            except OSError as error:
                sys.exit(f"tremolo: {error.strerror or error}")
            try:
                runner.run(service.serve(owns_process=True))
            except (KeyboardInterrupt, SystemExit):
                # A task has raised it. The handlers run their clean-up before it propagates.
                runner.run(service.end())
                raise

    @overload
    async def serve(self, *addresses: str, **options: Unpack[Options]) -> None: ...

    @overload
    async def serve(self, *addresses: str, **options: Any) -> None: ...

    async def serve(self, *addresses: str, **options: Any) -> None:
        """Serves in the running loop until a signal or a cancellation.

        Besides `addresses` it listens on those of `listen`. An address that it cannot listen on
        is an `OSError`. The options are those of `run`, but for `loop` and those of the log.
        """
        _options.check_for_loop(options)
        listeners = dict.fromkeys(addresses, EMPTY) | self._listeners(None, 0)
        service = await self._open(listeners, options)
        await service.serve(owns_process=False)

    def _listeners(self, host: str | None, port: int) -> dict[str, Mapping[str, Any]]:
        """Options by address; the one that `run` was given comes first."""
        listeners: dict[str, Mapping[str, Any]] = {}
        fallback = "localhost"
        if host is not None:
            listeners[_listening.address(host, port)] = EMPTY
            fallback = fallback if _listening.is_path(host) else host
        for (own_host, own_port), options in self._places.items():
            address = _listening.address(fallback if own_host is None else own_host, own_port)
            listeners[address] = options
        return listeners

    async def _open(
        self, listeners: Mapping[str, Mapping[str, Any]], options: dict[str, Any]
    ) -> Service:
        loop = self.loop = asyncio.get_running_loop()
        options = _options.Options(options)
        service = Service(self.logger, self._tasks, options)
        context = self.context = WorkerContext(options, executor=service.threads)
        support = Support(self, loop, context, service.disk)
        server = Server(loop, support, self._handlers(loop, context), options)
        service.listen(server, listeners)
        return service

    def _handlers(
        self, loop: asyncio.AbstractEventLoop, context: WorkerContext
    ) -> list[tuple[str, Handler]]:
        constants = {
            "app": self,
            "globals": context,
            "loop": loop,
            "logger": self.logger,
            "sse": None,
        }
        routes = [
            (path, inspect_handler(function, constants, options))
            for path, function, options in self._routes
        ]
        folders = [(prefix, folder_handler(folder)) for prefix, folder in self._folders]
        return routes + folders

    def _set_up_log(self, level: str | int | None, fmt: str | None, debug: bool) -> None:
        """Log lines go to standard error, unless the program has set up its own."""
        if not self.logger.hasHandlers():
            self.logger.addHandler(_logging.stream_handler(fmt))
            access_logger = _logging.access_logger()
            if not access_logger.handlers:
                # The lines have a date of their own.
                access_logger.addHandler(_logging.stream_handler("%(message)s"))
                access_logger.propagate = False
        level = level if level is not None else "DEBUG" if debug else "INFO"
        self.logger.setLevel(level.upper() if isinstance(level, str) else level)


Application = Tremolo


def _check_no_loop_runs() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "Application.run was called inside a running event loop, which it would block; "
        "write `await app.serve('127.0.0.1:8000')` there"
    )


def _loop_factory(name: str | None) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """`asyncio`, `uvloop`, or the name of a loop's class: `package.Loop`."""
    if name is None or name in ("asyncio", "auto"):
        return None
    module_name, _, attribute = name.rpartition(".")
    if not module_name:
        module_name, attribute = name, "new_event_loop"
    module = __import__(module_name, fromlist=[attribute])
    factory: Callable[[], asyncio.AbstractEventLoop] = getattr(module, attribute)
    return factory


#: A listener without options of its own.
EMPTY: Mapping[str, Any] = {}
