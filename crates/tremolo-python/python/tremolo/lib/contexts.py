"""Contexts: places to keep things, per worker, connection and request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._tremolo import HeadLists


class Context:
    """Attributes and items are the same thing."""

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
        """Sets what a mapping or keywords say."""
        for name, value in dict(*args, **values).items():
            setattr(self, name, value)

    def clear(self) -> None:
        """Forgets everything."""
        self.__dict__.clear()


class WorkerContext(Context):
    """What belongs to the worker: `globals` in a handler."""

    options: dict[str, Any]

    def __init__(self, options: dict[str, Any] | None = None, **values: Any) -> None:
        super().__init__(options=options or {}, tasks=set(), **values)


class ConnectionContext(Context):
    """What belongs to a connection: `context` in a handler."""

    def __init__(self, client: tuple[str, int] | None = None, transport: Any = None) -> None:
        super().__init__(client=client, tasks=set(), transport=transport)


class RequestContext(Context):
    """What belongs to a request: `request.ctx`."""

    path: dict[str, bytes]
    post: dict[str, list[str]]
    files: dict[str, list[Any]]

    def __init__(self, lists: HeadLists, options: dict[str, Any]) -> None:
        # Not the request: that keeps its context, and what is in it goes when the request goes.
        self.__dict__.update(path={}, post={}, files={}, _options=options, _lists=lists)

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
