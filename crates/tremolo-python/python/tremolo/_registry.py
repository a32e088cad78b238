"""What an application is put together from: routes, middleware, hooks, error pages, mounts."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, overload

from . import _listening, _path_arguments, _views
from ._entries import (
    HOOKS,
    MIDDLEWARE,
    PRIORITY,
    Entry,
    HookEntry,
    MiddlewareEntry,
    MountEntry,
    RouteEntry,
    Routes,
)
from ._handlers import body_limit, defaults, handler_timeout
from ._tremolo import PAGE_STATUSES, StaticFiles, check_prefix, in_order
from .asgi import ASGI
from .rsgi import RSGI
from .wsgi import WSGI

F = TypeVar("F", bound=Callable[..., Any])

#: Middleware: its priority, its function, its options.
Registered = tuple[int, Callable[..., Any], dict[str, Any]]


class Registry:
    """The part of an application in which everything is registered."""

    def __init__(self) -> None:
        #: In the order of their registration.
        self._entries: list[Entry] = []
        self._places: dict[_listening.Place, dict[str, Any]] = {}
        self._pages: dict[int, list[Callable[..., Any]]] = {}
        #: The application that this one is mounted in.
        self._parent: Registry | None = None

    def route(self, path: str, **options: Any) -> Callable[[F], F]:
        """Serves a path with the function or class below.

        Slashes at the end do not matter, and neither does whether a character is percent-encoded
        that need not be: `/café` means `/caf%C3%A9`. The function serves every method except TRACE
        and CONNECT, which the server refuses. The path `*` answers `OPTIONS *` in its place.

        The parameters of a path are arguments: `{id}` is a segment or a part of one, `{*rest}` at
        the end is the rest and may have slashes, `{id:\\d+}` is what the expression matches; none
        is empty. `{{` and `}}` are the characters themselves. An argument is a decoded `str`, or
        what its annotation makes of it: `int`, `float`, `uuid.UUID`, or `bytes` as they were sent.
        What cannot be converted is a 404.

        A path that begins with `^` or ends with `$` is a regular expression, searched in the URL
        with its query; a final `$` also matches before the query. Its named groups are arguments,
        as bytes that are not decoded. `request.params.path` has the parameters of every path so.

        Exact paths come first, then those with parameters, then regular expressions. Of paths with
        parameters the more literal one wins, and two that match the same requests are a
        `ValueError` when the server starts; otherwise the one that was registered later wins.

        Of the options, `client_max_body_size` and `app_handler_timeout` are for this route what
        they are for `run`, whether more or less. With `decompress=16 << 20` a body with a
        `Content-Encoding` (gzip, br, zstd, deflate) is decoded while it is read, to at most so
        many bytes; without it a form in a coding is refused, and other bodies are read as sent.

        A class is a view: each request makes an instance of it, with the options as keyword
        arguments, and calls the method with the name of the request's method in lower case.

        >>> from tremolo import Application
        >>> app = Application()
        >>> @app.route("/users/{number}/{name}")
        ... async def user(number: int, name):
        ...     return f"{name} is number {number}"
        """

        def decorate(function: F) -> F:
            self.add_route(function, path, **options)
            return function

        return decorate

    def add_route(self, func: Any, path: str = "/", **options: Any) -> None:
        """Serves a path with a function, a class, or a module: its public functions, by method."""
        # Raises an error in a path or in the options of a handler where it is registered.
        _path_arguments.check(path)
        own = {**defaults(func), **options} if inspect.isroutine(func) else options
        if not inspect.isroutine(func) and not _views.methods(func, {}):
            raise TypeError(f"a handler is a function, or a view with methods, not {func!r}")
        body_limit(own)
        body_limit(own, "decompress")
        handler_timeout(own)
        self._entries.append(RouteEntry(path, func, options, {}))

    @property
    def routes(self) -> Routes:
        """The routes of this application, without those of applications that are mounted in it."""
        return Routes(self)

    @property
    def middlewares(self) -> dict[tuple[bytes, ...], dict[str, list[Registered]]]:
        """Tuples of a priority, a function and its options, by prefix and kind."""
        found: dict[tuple[bytes, ...], dict[str, list[Registered]]] = {}
        for prefix, entry in self._with_prefixes(()):
            if isinstance(entry, MiddlewareEntry):
                kinds = found.setdefault(prefix, {kind: [] for kind in MIDDLEWARE})
                kinds[entry.kind].append(entry[1:])
        return found

    @property
    def hooks(self) -> dict[str, list[tuple[int, Callable[..., Any]]]]:
        """Pairs of a priority and a function, by kind."""
        found: dict[str, list[tuple[int, Callable[..., Any]]]] = {kind: [] for kind in HOOKS}
        for entry in self._all_entries():
            if isinstance(entry, HookEntry):
                found[entry.kind].append(entry[1:])
        return found

    def mount(self, prefix: str, app: Registry | StaticFiles | ASGI | WSGI) -> None:
        """Serves everything at and below a prefix from a folder or with another application, which
        may be one of ASGI, WSGI or RSGI.

        Exact routes go before it. The routes of the application count as registered now. Its
        middleware runs below the prefix instead of that of this application, which runs if it has
        none; its hooks and listeners are added to those of this application. Its error pages are
        not used, and it cannot run any more.

        >>> from tremolo import Application, StaticFiles
        >>> Application().mount("/static", StaticFiles("public", listing=True))
        """
        check_prefix(prefix)
        if isinstance(app, Registry):
            if app is self or any(app is above for above in self._above()):
                raise ValueError("an application cannot be mounted in itself")
            if app._parent is not None:
                # It is mounted already.
                return
            app._parent = self
        elif isinstance(app, ASGI):
            self.add_hook(app._start, "worker_start")
            self.add_hook(app._stop, "worker_stop")
        elif not isinstance(app, StaticFiles | WSGI):
            kinds = "an Application, StaticFiles, ASGI, WSGI or RSGI"
            raise ValueError(f"what is mounted is {kinds}, not {app!r}")
        self._entries.append(MountEntry(prefix, app))

    def error(self, code: int, func: Callable[..., Any] | None = None) -> Callable[[F], F]:
        """Has a function make the page of a status, 400 to 511; `None` keeps the built-in one.

        The page for 500 serves the others too, except 400, 404 and 405.
        """
        first, last = PAGE_STATUSES
        if not first <= code <= last:
            raise ValueError(f"{code}: not the status of an error")

        def decorate(function: F) -> F:
            self._pages.setdefault(code, []).append(function)
            return function

        if func is not None:
            self._pages.setdefault(code, []).append(func)
        return decorate

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
    def middleware(self, name: str, func: F, /) -> F: ...

    @overload
    def middleware(self, name: str, *, priority: int = PRIORITY) -> Callable[[F], F]: ...

    def middleware(self, name: str, *args: Any, priority: int = PRIORITY) -> Any:
        """Adds middleware: `on_request` and `on_response` by name, `request` or `response`."""
        return _decorator(args, lambda function: self.add_middleware(function, name, priority))

    @overload
    def on_request(self, func: F, /) -> F: ...

    @overload
    def on_request(self, *, priority: int = PRIORITY) -> Callable[[F], F]: ...

    def on_request(self, *args: Any, priority: int = PRIORITY) -> Any:
        """Runs before the handler of every request, also where there is none (404, 405).

        What it returns is the response, and so is an exception: neither the handler nor the
        middleware after it runs. After `None` the request continues; status and fields that were
        set stay. A lower `priority` runs earlier.

        >>> from tremolo import Application
        >>> from tremolo.exceptions import Forbidden
        >>> app = Application()
        >>> @app.on_request
        ... async def authenticate(request):
        ...     if b"x-token" not in request.headers:
        ...         raise Forbidden
        """
        return self.middleware("request", *args, priority=priority)

    @overload
    def on_response(self, func: F, /) -> F: ...

    @overload
    def on_response(self, *, priority: int = PRIORITY) -> Callable[[F], F]: ...

    def on_response(self, *args: Any, priority: int = PRIORITY) -> Any:
        """Runs once before the head of every response, unless raw bytes were sent.

        It may change status, fields and content type. If it returns a body, that replaces a body
        that a handler has returned, and the middleware after it does not run. A lower `priority`
        runs earlier; of equal ones the one that was added last.
        """
        return self.middleware("response", *args, priority=priority)

    def add_middleware(
        self,
        func: Callable[..., Any],
        name: str = "request",
        priority: int = PRIORITY,
        *,
        kwargs: dict[str, Any] | None = None,
        prefix: Sequence[bytes] = (),
    ) -> None:
        """Adds middleware without a decorator; with `prefix`, path segments, for what is below.

        The options in `kwargs` are those that defaults of parameters set.
        """
        if name not in MIDDLEWARE:
            raise ValueError(f"{name!r}: middleware is for {' or '.join(MIDDLEWARE)}")
        _check_function(func)
        if prefix:
            below = Registry()
            below.add_middleware(func, name, priority, kwargs=kwargs)
            self.mount("/" + b"/".join(prefix).decode("latin-1"), below)
        else:
            self._entries.append(MiddlewareEntry(name, priority, func, dict(kwargs or {})))

    @overload
    def hook(self, name: str, func: F, /) -> F: ...

    @overload
    def hook(self, name: str, *, priority: int = PRIORITY) -> Callable[[F], F]: ...

    def hook(self, name: str, *args: Any, priority: int = PRIORITY) -> Any:
        """Adds a hook: `worker_start`, `worker_stop`, `connect` or `close`."""
        return _decorator(args, lambda function: self.add_hook(function, name, priority))

    @overload
    def on_worker_start(self, func: F, /) -> F: ...

    @overload
    def on_worker_start(self, *, priority: int = PRIORITY) -> Callable[[F], F]: ...

    def on_worker_start(self, *args: Any, priority: int = PRIORITY) -> Any:
        """Runs when a worker starts, before it accepts connections. If it raises, the worker ends.

        A truthy result keeps the hooks after it from running. A lower `priority` runs earlier.
        """
        return self.hook("worker_start", *args, priority=priority)

    @overload
    def on_worker_stop(self, func: F, /) -> F: ...

    @overload
    def on_worker_stop(self, *, priority: int = PRIORITY) -> Callable[[F], F]: ...

    def on_worker_stop(self, *args: Any, priority: int = PRIORITY) -> Any:
        """Runs when a worker stops, after its last connection has ended, for at most
        `shutdown_timeout`. A lower `priority` runs earlier; of equal ones the one that was added
        last."""
        return self.hook("worker_stop", *args, priority=priority)

    @overload
    def on_connect(self, func: F, /) -> F: ...

    @overload
    def on_connect(self, *, priority: int = PRIORITY) -> Callable[[F], F]: ...

    def on_connect(self, *args: Any, priority: int = PRIORITY) -> Any:
        """Runs when a connection is accepted, before its first request is served.

        If it raises, the connection is closed without a response. A lower `priority` runs earlier.
        """
        return self.hook("connect", *args, priority=priority)

    @overload
    def on_close(self, func: F, /) -> F: ...

    @overload
    def on_close(self, *, priority: int = PRIORITY) -> Callable[[F], F]: ...

    def on_close(self, *args: Any, priority: int = PRIORITY) -> Any:
        """Runs when a connection has ended, for any reason.

        A lower `priority` runs earlier; of equal ones the one that was added last."""
        return self.hook("close", *args, priority=priority)

    def add_hook(
        self, func: Callable[..., Any], name: str = "worker_start", priority: int = PRIORITY
    ) -> None:
        """Adds a hook without a decorator."""
        if name not in HOOKS:
            raise ValueError(f"{name!r}: a hook is one of {', '.join(HOOKS)}")
        _check_function(func)
        self._entries.append(HookEntry(name, priority, func))

    def _hooks(self, name: str) -> list[Callable[..., Any]]:
        """The hooks of a kind, with those of mounted applications, in the order in which they
        run."""
        return in_order(self.hooks[name], HOOKS[name])

    def _rsgi_applications(self) -> list[RSGI]:
        """Those that are mounted."""
        mounted = [entry for entry in self._all_entries() if isinstance(entry, MountEntry)]
        return [entry.target for entry in mounted if isinstance(entry.target, RSGI)]

    def _all_entries(self) -> Iterator[Entry]:
        for entry in self._entries:
            yield entry
            if isinstance(entry, MountEntry) and isinstance(entry.target, Registry):
                yield from entry.target._all_entries()

    def _with_prefixes(
        self, prefix: tuple[bytes, ...]
    ) -> Iterator[tuple[tuple[bytes, ...], Entry]]:
        """All entries, each with the segments below which it counts."""
        for entry in self._entries:
            yield prefix, entry
            if isinstance(entry, MountEntry) and isinstance(entry.target, Registry):
                segments = entry.prefix.strip("/").encode("latin-1").split(b"/")
                yield from entry.target._with_prefixes((*prefix, *filter(None, segments)))

    def _all_mounted(self) -> Iterator[Registry]:
        """This application, and those that are mounted in it."""
        yield self
        for entry in self._all_entries():
            if isinstance(entry, MountEntry) and isinstance(entry.target, Registry):
                yield entry.target

    def _above(self) -> Iterator[Registry]:
        above = self._parent
        while above is not None:
            yield above
            above = above._parent


def _decorator(args: tuple[Any, ...], add: Callable[[Any], None]) -> Any:
    """A decorator that is used bare, or with arguments."""

    def decorate(function: F) -> F:
        add(function)
        return function

    if len(args) == 1 and callable(args[0]):
        return decorate(args[0])
    if args:
        raise TypeError(f"a function, or the option `priority`, not {args!r}")
    return decorate


def _check_function(func: object) -> None:
    if not callable(func):
        raise TypeError(f"a function, not {func!r}")
