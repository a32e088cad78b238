"""The application: what it serves, and how to run it."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import weakref
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack, overload

from . import _listening, _logging, _options, _running, _sockets
from ._draft import draft_of
from ._failures import get_logger
from ._hooks import Hooks
from ._interfaces import Worker
from ._lock import ServerLock, Shared
from ._process_options import ProcessOptions
from ._registry import Registry
from ._running import announce
from ._service import Listeners, Service
from ._support import Support
from ._tremolo import Server, check_options
from .lib.contexts import WorkerContext

if TYPE_CHECKING:
    from ._log_config import LogConfig
    from ._option_types import Options
    from ._stats import Board
    from ._tremolo import Stats


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
        self.context = WorkerContext()
        self.loop: asyncio.AbstractEventLoop | None = None
        #: Makes the same application in a new process, for `reload`; picklable. `None`: it is a
        #: global of its module.
        self._remake: Callable[[], Tremolo] | None = None
        self._service: weakref.ref[Service] | None = None

    def create_task(self, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Starts a task that outlives its connection."""
        return self.add_task(asyncio.get_running_loop().create_task(coro))

    def add_task(self, task: asyncio.Task[Any]) -> asyncio.Task[Any]:
        """Keeps a task until it is done: a stopping server waits for it."""
        tasks = self.context.tasks
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task

    @overload
    def run(
        self,
        host: str | None = None,
        port: int = 0,
        *,
        bind: str | Sequence[str] | None = None,
        loop: str | None = None,
        log_level: str | int | None = None,
        log_fmt: str | None = None,
        log_config: LogConfig = None,
        worker_num: int | None = None,
        **options: Unpack[Options],
    ) -> None: ...

    @overload
    def run(self, host: str | None = None, port: int = 0, **options: Any) -> None: ...

    def run(
        self,
        host: str | None = None,
        port: int = 0,
        *,
        bind: str | Sequence[str] | None = None,
        loop: str | None = None,
        log_level: str | int | None = None,
        log_fmt: str | None = None,
        log_config: LogConfig = None,
        worker_num: int | None = None,
        thread_pool_size: int | None = None,
        **options: Any,
    ) -> None:
        """Listens, prints the addresses, and serves until SIGINT or SIGTERM.

        `host` is an address, the path of a Unix socket, `fd://3` for a socket that listens already,
        or `systemd://` and `systemd://name` for those that systemd has passed. Without it the
        addresses of `bind` are used: `["127.0.0.1:8000", "/run/app.sock"]`.

        The first signal lets running requests finish, for `shutdown_timeout` seconds at most; the
        second one ends them. The exit code is 1 if requests were cancelled. SIGUSR2 starts the same
        program again with the sockets of this one, which stops when that one serves. If it cannot
        listen, the program exits with a line with the reason.

        With `worker_num` so many processes serve, each with a loop of its own (-1: as many as
        there are processors); one that dies is replaced. Without it, or with 0, this process does,
        unless an option needs a process that watches over another one: `reload`, `preload`,
        `limit_memory`, `worker_lifetime`, `worker_max_requests`, `worker_heartbeat_timeout`. That
        process passes SIGHUP and SIGUSR1 on to its workers.

        What is not given here is taken from the environment (`TREMOLO_KEEPALIVE_TIMEOUT=15s`), then
        from the TOML file whose path is in `TREMOLO_CONFIG`; the program exits with a line with the
        reason if there is a mistake in them.

        Options that the server does not know are for the application, in `globals.options`. Those
        that it knows and that have no effect yet (`root_path` and others) are a `ValueError`,
        unless they have their default. `ssl` is a dictionary of the original: `cert` and `key`,
        paths of PEM files, and the `password` of the key; it sets `tls_cert` and its neighbours.
        `log_fmt` is `text`, `json`, or a format of `logging`. With `access_log` each exchange is a
        line of the logger `tremolo.access`. Lines about the application and its requests, with
        tracebacks, have the logger `tremolo.error`, and those about the server `tremolo`.
        `log_config` is a configuration of `logging`: a dictionary, or a file whose name ends in
        `.ini`, `.json` or `.yaml`.
        Inside a running event loop it is a `RuntimeError`: there it is `serve`.
        """
        _running.check_no_loop_runs()
        self._check_not_mounted()
        _options.check(options)
        own = {"bind": bind, "log_fmt": log_fmt, "log_level": log_level, "worker_num": worker_num}
        options = _options.of_process({**own, "thread_pool_size": thread_pool_size, **options})
        options.setdefault("thread_pool_size", 5)
        bind = options.pop("bind", None)
        addresses = _listening.of_bind(bind) if host is None else [_listening.address(host, port)]
        if not addresses and not any(app._places for app in self._all_mounted()):
            raise ValueError("host: where to listen? Or call listen() before")
        log = (options.pop("log_level", None), options.pop("log_fmt", None), log_config)
        process = ProcessOptions.of(options)
        workers = _running.processes(options.pop("worker_num", None))
        _logging.set_up(self.logger, log, debug=bool(options.get("debug")))
        try:
            listeners = _listening.expanded(self._listeners(addresses, host))
        except OSError as error:
            sys.exit(f"tremolo: {error.strerror or error}")
        with _running.pid_file(options.get("pid_file", "")):
            if not workers and not process.wants_supervisor:
                start = lambda: self._open([*listeners.items()], options)  # noqa: E731
                _running.run(start, loop, announce, hands_over=True)
                return
            # One process does not need what these import.
            from .workers.named_application import start_of
            from .workers.supervisor import supervise
            from .workers.worker import Task

            task = Task(start_of(self, process), self.logger, options, loop, log, process)
            supervise(task, listeners, workers or 1)

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
        listeners = _listening.expanded(self._listeners(addresses, None))
        service = await self._open([*listeners.items()], options)
        await service.serve(owns_process=False)

    @property
    def is_ready(self) -> bool:
        """Whether new requests should come to this worker: its hooks of the start have run, and it
        does not shut down."""
        service = None if self._service is None else self._service()
        return service is not None and service.is_ready

    def stats(self) -> dict[str, Any]:
        """What all workers have done since the start of the server, by the names of `metrics`
        without their prefix and suffix: integers, dictionaries of integers by a label, and pairs of
        a count and a sum in seconds.

        >>> app.stats()["connections_open"], app.stats()["http_requests"]["2xx"]
        (12, 3456)

        The numbers of other worker processes are at most half a second old. In a handler call it
        on the argument `app`: a worker that was not forked has its own. A `RuntimeError` if the
        application does not run.
        """
        return self._numbers().measures()

    def _numbers(self) -> Stats:
        service = None if self._service is None else self._service()
        if service is None:
            raise RuntimeError("the application does not run")
        return service.numbers.all()

    @property
    def ports(self) -> dict[_listening.Place, dict[str, Any]]:
        """The listeners of `listen`, with their options."""
        return self._places

    @staticmethod
    def create_sock(host: str, port: int, reuse_port: bool = True) -> socket.socket:
        """Binds a socket to a host and a port, or to the path of a Unix socket."""
        return _sockets.bound(host, port, reuse_port)

    @staticmethod
    def close_sock(sock: socket.socket) -> None:
        """Closes a socket; the file of a Unix socket is removed."""
        _sockets.close(sock)

    def __getstate__(self) -> dict[str, Any]:
        """For a worker that is not forked: what the application has, and nothing of a server."""
        return {**self.__dict__, "loop": None, "_service": None, "context": self.context._renewed()}

    def _check_not_mounted(self) -> None:
        if self._parent is not None:
            raise RuntimeError("it is mounted in another application: run that one")

    def _listeners(
        self, addresses: Iterable[str], host: str | None
    ) -> dict[str, Mapping[str, Any]]:
        """Options by address; those that `run` was given come first."""
        listeners: dict[str, Mapping[str, Any]] = dict.fromkeys(addresses, EMPTY)
        fallback = "localhost" if host is None or _listening.is_path(host) else host
        for app in self._all_mounted():
            for (own_host, own_port), options in app._places.items():
                address = _listening.address(fallback if own_host is None else own_host, own_port)
                listeners.setdefault(address, options)
        return listeners

    async def _open(
        self,
        listeners: Listeners,
        options: dict[str, Any],
        shared: Shared | None = None,
        board: Board | None = None,
    ) -> Service:
        if self.loop is not None:
            # A server before this one may still run, with its own tasks and threads.
            self.context = self.context._renewed()
        loop = self.loop = asyncio.get_running_loop()
        options = _options.Options(options)
        # Before anything uses them.
        check_options(options)
        hooks = Hooks(self, loop, self.logger)
        service = Service(self.logger, self.context, options, hooks, shared)
        worker = Worker(self, loop, self.context, ServerLock(service.locks))
        constants = {
            "app": self,
            "globals": worker.context,
            "lock": worker.lock,
            "loop": loop,
            "logger": self.logger,
        }
        support = Support(worker, service.disk, hooks)
        draft = draft_of(self, constants, sends_ids=bool(options.get("request_ids")))
        server = Server(loop, support, draft, options)
        if hooks.watch_connections():
            server.report_opened()
        service.listen(server, listeners, board)
        self._service = weakref.ref(service)
        return service


Application = Tremolo


#: A listener without options of its own.
EMPTY: Mapping[str, Any] = {}
