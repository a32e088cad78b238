"""Contexts: attributes of the application, per worker, connection and request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from ..utils import server_date
from .connections import KeepAliveConnections

if TYPE_CHECKING:
    from .._executor import Executor
    from .._tremolo import HeadLists


class Context:
    """An object whose attributes are also its items."""

    #: Attributes of the server, which can be neither replaced nor removed.
    _KEPT: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __getitem__(self, name: str) -> Any:
        try:
            return getattr(self, name)
        except AttributeError:
            raise KeyError(name) from None

    def __setitem__(self, name: str, value: Any) -> None:
        setattr(self, name, value)

    def __delitem__(self, name: str) -> None:
        if name in self._KEPT:
            raise AttributeError(f"{name} cannot be removed")
        del self.__dict__[name]

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)

    def __repr__(self) -> str:
        return repr(self.__dict__)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a name, or the default."""
        return getattr(self, name, default)

    def update(self, *args: Any, **values: Any) -> None:
        """Sets attributes from a mapping or from keywords."""
        for name, value in dict(*args, **values).items():
            setattr(self, name, value)

    def clear(self) -> None:
        """Removes the attributes of the application."""
        for name in self.__dict__.keys() - self._KEPT:
            del self.__dict__[name]


class WorkerContext(Context):
    """The context of the worker: `globals` in a handler, `app.context` outside of one.

    Attributes that are set before the application runs are there in all of its workers.
    """

    _KEPT = frozenset(("_draining", "connections", "executor", "info", "options", "tasks"))

    def __init__(self, **values: Any) -> None:
        connections = KeepAliveConnections()
        self.__dict__.update(
            options={}, tasks=set(), info={}, executor=None, connections=connections, **values
        )
        self.__dict__["_draining"] = asyncio.Event()

    @property
    def is_draining(self) -> bool:
        """Whether the server shuts down."""
        return self._draining.is_set()

    async def draining(self) -> None:
        """Waits until the server shuts down: for tasks of the application."""
        await self._draining.wait()

    @property
    def _draining(self) -> asyncio.Event:
        """The event of the shutdown."""
        event: asyncio.Event = self.__dict__["_draining"]
        return event

    @property
    def options(self) -> dict[str, Any]:
        """What `run` was given, and defaults; an application may add its own."""
        options: dict[str, Any] = self.__dict__["options"]
        return options

    @property
    def tasks(self) -> set[asyncio.Task[Any]]:
        """The tasks of the application; a stopping server waits for them."""
        tasks: set[asyncio.Task[Any]] = self.__dict__["tasks"]
        return tasks

    @property
    def executor(self) -> Executor:
        """The threads of plain handlers; `None` until the server runs."""
        executor: Executor = self.__dict__["executor"]
        return executor

    @property
    def connections(self) -> KeepAliveConnections:
        """The connections whose objects are in use, the oldest first."""
        connections: KeepAliveConnections = self.__dict__["connections"]
        return connections

    @property
    def info(self) -> dict[str, Any]:
        """The `server` address with its port (a path has none), the `server_name`, and the current
        `server_date`, both as bytes. Empty until the server listens."""
        info: dict[str, Any] = self.__dict__["info"]
        if info:
            info["server_date"] = server_date()
        return info

    def _begin(self, options: dict[str, Any], executor: Executor) -> None:
        """A server begins, with these options and threads."""
        connections = KeepAliveConnections(max(options["keepalive_connections"], 1))
        self.__dict__.update(options=options, executor=executor, connections=connections)

    def _renewed(self) -> WorkerContext:
        """The context of the next server: with the attributes of the application."""
        own = {name: value for name, value in self.__dict__.items() if name not in self._KEPT}
        return WorkerContext(**own)


class ConnectionContext(Context):
    """The context of a connection: `context` in a handler."""

    _KEPT = frozenset(("client", "tasks", "transport"))

    def __init__(self, client: tuple[str, int] | None = None, transport: Any = None) -> None:
        super().__init__(client=client, tasks=set(), transport=transport)


class RequestContext(Context):
    """The context of a request: `request.ctx`."""

    _KEPT = frozenset(("_lists", "_options", "files", "path", "post"))

    #: What the groups of the pattern have found: by name, or in their order.
    path: dict[str, bytes | None] | tuple[bytes | None, ...]
    post: dict[str, list[str]]
    files: dict[str, list[Any]]

    def __init__(
        self,
        lists: HeadLists,
        options: dict[str, Any],
        path: dict[str, bytes | None] | tuple[bytes | None, ...] = (),
    ) -> None:
        # No reference to the request, which keeps its context: that would be a cycle.
        self.__dict__.update(path=path, post={}, files={}, _options=options, _lists=lists)

    @property
    def options(self) -> dict[str, Any]:
        """The options of the handler: the defaults of its parameters. `rate` and `buffer_size` are
        always there."""
        options: dict[str, Any] = self.__dict__["_options"]
        return options

    @property
    def query(self) -> dict[str, list[str]]:
        """The fields of the query string."""
        lists: HeadLists = self.__dict__["_lists"]
        return lists.query

    @property
    def cookies(self) -> dict[str, list[str]]:
        """The cookies of the request."""
        lists: HeadLists = self.__dict__["_lists"]
        return lists.cookies

    def __repr__(self) -> str:
        return repr(
            {name: value for name, value in self.__dict__.items() if not name.startswith("_")}
        )
