"""The application: what it serves, and how to run it."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Unpack, overload

from . import _listening, _logging, _options
from ._draft import draft_of
from ._failures import get_logger
from ._hooks import Hooks
from ._registry import Registry
from ._service import Service
from ._support import Support
from ._tremolo import Server
from .lib.contexts import WorkerContext

if TYPE_CHECKING:
    from ._option_types import Options


class Tremolo(Registry):
    """An `Application`: routes, middleware, hooks, error pages and listeners.

    >>> app = Application()
    >>> @app.route("/hello")
    ... async def hello():
    ...     return "Hello World!"
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__()
        self.name = name
        self.logger: logging.Logger = get_logger()
        self.context: WorkerContext | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def create_task(self, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Starts a task that outlives its connection."""
        return self.add_task(asyncio.get_running_loop().create_task(coro))

    def add_task(self, task: asyncio.Task[Any]) -> asyncio.Task[Any]:
        """Keeps a task until it is done: a stopping server waits for it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

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
        self._check_not_mounted()
        _options.check(options)
        if host is None and not any(app._places for app in self._all_mounted()):
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
        self._check_not_mounted()
        _options.check_for_loop(options)
        listeners = dict.fromkeys(addresses, EMPTY) | self._listeners(None, 0)
        service = await self._open(listeners, options)
        await service.serve(owns_process=False)

    def _check_not_mounted(self) -> None:
        if self._parent is not None:
            raise RuntimeError("it is mounted in another application: run that one")

    def _listeners(self, host: str | None, port: int) -> dict[str, Mapping[str, Any]]:
        """Options by address; the one that `run` was given comes first."""
        listeners: dict[str, Mapping[str, Any]] = {}
        fallback = "localhost"
        if host is not None:
            listeners[_listening.address(host, port)] = EMPTY
            fallback = fallback if _listening.is_path(host) else host
        for app in self._all_mounted():
            for (own_host, own_port), options in app._places.items():
                address = _listening.address(fallback if own_host is None else own_host, own_port)
                listeners.setdefault(address, options)
        return listeners

    async def _open(
        self, listeners: Mapping[str, Mapping[str, Any]], options: dict[str, Any]
    ) -> Service:
        loop = self.loop = asyncio.get_running_loop()
        options = _options.Options(options)
        hooks = Hooks(self, loop, self.logger)
        service = Service(self.logger, self._tasks, options, hooks)
        context = self.context = WorkerContext(options, executor=service.threads)
        support = Support(self, loop, context, service.disk, hooks)
        constants = {
            "app": self,
            "globals": context,
            "loop": loop,
            "logger": self.logger,
            "websocket": None,
            "sse": None,
        }
        server = Server(loop, support, draft_of(self, constants), options)
        if hooks.watch_connections():
            server.report_opened()
        service.listen(server, listeners, context)
        return service

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
