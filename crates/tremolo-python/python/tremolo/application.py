"""The application: routes, error pages, and how to run them."""

from __future__ import annotations

import asyncio
import inspect
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ._failures import get_logger
from ._handlers import Handler, body_limit, defaults, inspect_handler
from ._support import Support
from ._tremolo import Server
from ._tremolo import __version__ as version
from .lib.contexts import WorkerContext

F = TypeVar("F", bound=Callable[..., Any])


class Tremolo:
    """What a server serves: an `Application`.

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
        self._pages: dict[int, list[Callable[..., Any]]] = {}
        #: Coroutine functions of a connection, by when they run.
        self._middlewares: dict[str, list[Callable[..., Any]]] = {"request": [], "response": []}
        self._tasks: set[asyncio.Task[Any]] = set()

    def route(self, path: str, **options: Any) -> Callable[[F], F]:
        """Serves a path with the function below; of two for one path the later one wins.

        Of the options, `client_max_body_size` is for this route what it is for `run`.
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
        # Says what is wrong with a handler where it is written.
        body_limit({**defaults(func), **options})
        self._routes.append((path, func, options))

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
        """Keeps an eye on a task: the server waits for it when it stops."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def run(
        self,
        host: str | None = None,
        port: int = 0,
        *,
        loop: str | None = None,
        log_level: str | int | None = None,
        thread_pool_size: int = 5,
        **options: Any,
    ) -> None:
        """Listens, says so on standard output, and serves until SIGINT or SIGTERM.

        Options that the server does not know are for the application, in `globals.options`.
        """
        if host is None:
            raise ValueError("host: where to listen")
        self._set_up_log(log_level, bool(options.get("debug")))
        options = {**options, "thread_pool_size": thread_pool_size}
        address = _address(host, port)
        with asyncio.Runner(loop_factory=_loop_factory(loop)) as runner:
            runner.run(self.serve(address, **options))

    async def serve(self, *addresses: str, **options: Any) -> None:
        """Serves in the running loop until it is told to stop, by a signal or a cancellation."""
        loop = self.loop = asyncio.get_running_loop()
        threads = ThreadPoolExecutor(options.get("thread_pool_size", 5), "tremolo")
        context = self.context = WorkerContext(options, executor=threads)
        support = Support(self, loop, context)
        server = Server(loop, support, self._handlers(loop, context), options)
        listening = [server.listen(address) for address in addresses]
        try:
            await self._serve(server, loop, listening, float(options.get("shutdown_timeout", 30)))
        finally:
            threads.shutdown(wait=False, cancel_futures=True)

    async def _serve(
        self,
        server: Server,
        loop: asyncio.AbstractEventLoop,
        listening: list[str],
        patience: float,
    ) -> None:
        stop, stop_now = asyncio.Event(), asyncio.Event()

        def on_signal() -> None:
            (stop_now if stop.is_set() else stop).set()

        loop.add_reader(server.fileno(), server.turn)
        with _signals(loop, on_signal):
            server.turn()
            try:
                print(
                    f"Tremolo {version} listens on {', '.join(listening)} (1 workers)", flush=True
                )
                await stop.wait()
                server.drain()
                await _until(lambda: len(server) == 0 and not self._tasks, stop_now, patience)
            finally:
                server.abort()
                await _until(lambda: len(server) == 0, asyncio.Event(), CLEAN_UP)
                loop.remove_reader(server.fileno())

    def _handlers(
        self, loop: asyncio.AbstractEventLoop, context: WorkerContext
    ) -> list[tuple[str, Handler]]:
        constants = {
            "app": self,
            "globals": context,
            "loop": loop,
            "logger": self.logger,
            "websocket": None,
            "sse": None,
        }
        return [
            (path, inspect_handler(function, constants, options))
            for path, function, options in self._routes
        ]

    def _set_up_log(self, level: str | int | None, debug: bool) -> None:
        """Log lines go to standard error, unless the program has set up its own."""
        if not self.logger.hasHandlers():
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(logging.Formatter("[%(asctime)s] %(levelname)s: %(message)s"))
            self.logger.addHandler(handler)
        level = level if level is not None else "DEBUG" if debug else "INFO"
        self.logger.setLevel(level.upper() if isinstance(level, str) else level)


Application = Tremolo


class _signals:  # noqa: N801 - used like a function
    """SIGINT and SIGTERM go to a callback."""

    def __init__(self, loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
        self._loop = loop
        self._callback = callback
        self._set: list[signal.Signals] = []

    def __enter__(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                self._loop.add_signal_handler(number, self._callback)
            except (RuntimeError, ValueError, NotImplementedError):
                # Not in the main thread: then somebody else has the signals.
                return
            self._set.append(number)

    def __exit__(self, *_: object) -> None:
        for number in self._set:
            self._loop.remove_signal_handler(number)


async def _until(condition: Callable[[], bool], stop: asyncio.Event, patience: float) -> None:
    """Waits for a condition, or for a reason to wait no longer."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while not condition() and not stop.is_set() and loop.time() < end:
        try:
            await asyncio.wait_for(stop.wait(), LOOK_AGAIN)
        except TimeoutError:
            continue


def _address(host: str, port: int) -> str:
    if "/" in host or host.endswith(".sock"):
        return host if "/" in host else f"./{host}"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


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


#: How often a server that stops looks whether it is done, in seconds.
LOOK_AGAIN = 0.02

#: What cancelled handlers have for their clean-up, in seconds.
CLEAN_UP = 1.0
