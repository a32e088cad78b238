"""Contexts: attributes of the application, per worker, connection and request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..utils import server_date
from .connections import KeepAliveConnections

if TYPE_CHECKING:
    import asyncio

    from .._executor import Executor
    from .._tremolo import HeadLists


class Context:
    """An object whose attributes are also its items."""

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
        """Removes all attributes."""
        self.__dict__.clear()


class WorkerContext(Context):
    """The context of the worker: `globals` in a handler, `app.context` outside of one.

    Attributes that are set before the application runs are there in all of its workers.
    """

    #: What `run` was given, and defaults; an application may add its own.
    options: dict[str, Any]
    #: Tasks of the application; a stopping server waits for them.
    tasks: set[asyncio.Task[Any]]
    #: The threads of plain handlers; `None` until the server runs.
    executor: Executor
    #: The connections whose objects are in use, the oldest first.
    connections: KeepAliveConnections

    def __init__(self, options: dict[str, Any] | None = None, **values: Any) -> None:
        super().__init__(
            options=options or {},
            tasks=set(),
            info={},
            executor=None,
            connections=KeepAliveConnections(),
            **values,
        )

    def _renewed(self) -> WorkerContext:
        """The context of the next server: with the attributes of the application."""
        own = {name: value for name, value in self.__dict__.items() if name not in _OF_SERVER}
        return WorkerContext(**own)

    @property
    def info(self) -> dict[str, Any]:
        """The `server` address with its port (a path has none), the `server_name`, and the current
        `server_date`, both as bytes. Empty until the server listens."""
        info: dict[str, Any] = self.__dict__["info"]
        if info:
            info["server_date"] = server_date()
        return info


_OF_SERVER = frozenset(WorkerContext().__dict__)


class ConnectionContext(Context):
    """The context of a connection: `context` in a handler."""

    def __init__(self, client: tuple[str, int] | None = None, transport: Any = None) -> None:
        super().__init__(client=client, tasks=set(), transport=transport)


class RequestContext(Context):
    """The context of a request: `request.ctx`."""

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
