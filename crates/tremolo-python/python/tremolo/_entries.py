"""What is registered in an application, and the list of its routes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from . import _views

if TYPE_CHECKING:
    from ._registry import Registry

#: The kinds of middleware.
MIDDLEWARE = ("request", "response")

#: The kinds of hooks, and whether they run in the reverse of their order.
HOOKS = {"worker_start": False, "worker_stop": True, "connect": False, "close": True}

#: The default priority.
PRIORITY = 999


class RouteEntry(NamedTuple):
    """A function or a view, and its path."""

    path: str
    target: Any
    options: dict[str, Any]
    #: Arguments of the function, like the defaults of its parameters.
    arguments: dict[str, Any]

    @property
    def methods(self) -> list[str] | None:
        """The methods of a view; `None` for a function, which serves all but TRACE and CONNECT."""
        if inspect.isroutine(self.target):
            return None
        return [*_views.methods(self.target, {})]

    @property
    def location(self) -> tuple[str, int] | None:
        """File and line of the function or the view; `None` if they are not known."""
        target = inspect.unwrap(self.target)
        is_instance = not (inspect.isroutine(target) or inspect.isclass(target))
        if is_instance and not inspect.ismodule(target):
            target = type(target)
        try:
            file = inspect.getsourcefile(target)
            return None if file is None else (file, inspect.getsourcelines(target)[1])
        except (OSError, TypeError):
            return None


class MountEntry(NamedTuple):
    """A folder or an application, and its prefix."""

    prefix: str
    target: Any


class MiddlewareEntry(NamedTuple):
    """A function that runs before handlers or before response heads."""

    kind: str
    priority: int
    function: Callable[..., Any]
    options: dict[str, Any]


class HookEntry(NamedTuple):
    """A function that runs when a worker or a connection begins or ends."""

    kind: str
    priority: int
    function: Callable[..., Any]


Entry = RouteEntry | MountEntry | MiddlewareEntry | HookEntry


class Routes(Sequence[RouteEntry]):
    """`app.routes`: what is registered, in its order.

    >>> app.routes.add(handler, "/hello")
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def add(
        self, func: Any, path: str = "/", kwargs: dict[str, Any] | None = None, **options: Any
    ) -> None:
        """`Application.add_route`; the arguments in `kwargs` are those that defaults set."""
        self._registry.add_route(func, path, **options)
        entries = self._registry._entries
        entries[-1] = RouteEntry(path, func, options, dict(kwargs or {}))

    def compile(self, executor: Any = None) -> None:
        """Does nothing: patterns are checked when they are added, and compiled by `run`."""

    @overload
    def __getitem__(self, index: int) -> RouteEntry: ...

    @overload
    def __getitem__(self, index: slice) -> list[RouteEntry]: ...

    def __getitem__(self, index: int | slice) -> RouteEntry | list[RouteEntry]:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(self._all())

    def _all(self) -> list[RouteEntry]:
        return [entry for entry in self._registry._entries if isinstance(entry, RouteEntry)]
