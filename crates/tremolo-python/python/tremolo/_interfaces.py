"""The types between the modules of the package, and between Rust and Python.

Nothing in here is called: a low module takes an `App` without importing the application, and
`PythonHooks` lists everything that Rust calls in Python.
"""

# The methods of a protocol have no body but their documentation.
# pyright: reportReturnType=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import asyncio
    import logging
    from collections.abc import Callable, Coroutine

    from ._lock import ServerLock
    from ._waiting import Start
    from .lib.contexts import WorkerContext


class Answer(NamedTuple):
    """The response to an exception, for Rust to send."""

    status: int
    reason: str | None
    content_type: str
    fields: list[tuple[bytes, bytes]]
    body: bytes
    #: Whether fields that were set before are sent as well.
    keep: bool


class Draft(NamedTuple):
    """The routes and the middleware of an application, for Rust to compile."""

    #: Tuples of a kind, a path, a target and a place in the program, in the order of their
    #: registration: `route` with a `Handler`, `folder` with a `Handler` for a prefix, `view` with a
    #: dictionary of them by method, and `mount` with the `Draft` of an application for a prefix.
    entries: list[tuple[str, str, Any, str]]
    #: Pairs of a priority and a `Handler`.
    on_request: list[tuple[int, Any]]
    on_response: list[tuple[int, Any]]
    #: Whether there are error pages.
    has_pages: bool


class App(Protocol):
    """An application, as its connections and error pages use it."""

    name: str | None
    logger: logging.Logger
    context: WorkerContext
    loop: asyncio.AbstractEventLoop | None
    _pages: dict[int, list[Callable[..., Any]]]

    def create_task(self, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Starts a task that outlives its connection."""

    def add_task(self, task: asyncio.Task[Any]) -> asyncio.Task[Any]:
        """Keeps a task until it is done."""


class Worker(NamedTuple):
    """What all connections of a worker refer to."""

    app: App
    loop: asyncio.AbstractEventLoop
    context: WorkerContext
    lock: ServerLock


class PythonHooks(Protocol):
    """Everything that Rust calls in the package. Each attribute is read once per server.

    The list in Rust is `bindings/hooks.rs`; a test compares the two.
    """

    @property
    def start(self) -> Start:
        """Starts a coroutine as a task. Its first step has run when this returns."""

    @property
    def make_task(self) -> Callable[..., asyncio.Task[Any]]:
        """Makes a task of a coroutine. Its first step runs in the next round of the loop."""

    @property
    def enter_task(self) -> Callable[[asyncio.AbstractEventLoop, Any], None]:
        """Makes an object the current task of a loop."""

    @property
    def leave_task(self) -> Callable[[asyncio.AbstractEventLoop, Any], None]:
        """Ends what `enter_task` has begun."""

    @property
    def replace_task(self) -> Callable[[asyncio.Task[Any], Any], None]:
        """Puts an object in the place of a task in the list of all tasks."""

    @property
    def current_task(self) -> Callable[[], asyncio.Task[Any] | None]:
        """Returns the current task."""

    @property
    def failure(self) -> Callable[..., Answer | Coroutine[Any, Any, Answer]]:
        """Turns an exception of a handler into an answer."""

    @property
    def handle_exception(self) -> Callable[..., Coroutine[Any, Any, None]]:
        """Implements `Response.handle_exception`."""

    @property
    def answer(self) -> type[Answer]:
        """The type of an answer to an exception."""

    @property
    def pump(self) -> Callable[[Any, Any], Coroutine[Any, Any, object]]:
        """Sends the pieces of a generator that a handler has returned; returns `end`."""

    @property
    def draining(self) -> asyncio.Event:
        """The event of the shutdown."""

    @property
    def end(self) -> object:
        """The return value of a handler that has sent its stream to the end."""

    @property
    def headers(self) -> Callable[[list[tuple[bytes, bytes]]], Any]:
        """Makes `request.headers`."""

    @property
    def header(self) -> Callable[[tuple[bytes, bytes, bytes], Any], Any]:
        """Makes `request.header`."""

    @property
    def response_headers(self) -> Callable[[], Any]:
        """Makes `response.headers`."""

    @property
    def request_context(self) -> Callable[[Any, dict[str, Any], Any], Any]:
        """Makes `request.ctx`."""

    @property
    def connection(self) -> Callable[[tuple[str, int] | None, Any], Any]:
        """Makes `request.server`."""

    @property
    def uid(self) -> Callable[[int, int, int], bytes]:
        """Implements `request.uid`."""

    @property
    def form(self) -> Callable[..., Coroutine[Any, Any, Any]]:
        """Implements `request.form`."""

    @property
    def files(self) -> Callable[..., Any]:
        """Implements `request.files`."""

    @property
    def redirect(self) -> Callable[..., BaseException]:
        """Makes the exception of `response.redirect`."""

    @property
    def wait_for_disk(self) -> Callable[..., Coroutine[Any, Any, None]]:
        """Runs blocking file operations on a thread."""

    @property
    def opened(self) -> Callable[[Any], object]:
        """Runs the hooks of a new connection, then releases it."""

    @property
    def pipeline(self) -> Callable[..., Coroutine[Any, Any, object]]:
        """Serves a request that has middleware."""

    @property
    def on_response(self) -> Callable[..., Coroutine[Any, Any, object]]:
        """Runs the middleware that comes before the head of a response."""

    @property
    def is_inside(self) -> Callable[[Any], bool]:
        """Whether the caller is the middleware that runs before the head of a response."""

    @property
    def keep_task(self) -> Callable[[asyncio.Task[Any]], object]:
        """Keeps a task that goes on without its exchange: a stopping server waits for it."""

    @property
    def logger(self) -> logging.Logger:
        """The logger of the server."""

    @property
    def access_logger(self) -> logging.Logger:
        """The logger of the exchanges."""
