"""Contexts: attributes of the application, per worker, connection and request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    """The context of the worker: `globals` in a handler."""

    options: dict[str, Any]

    def __init__(self, options: dict[str, Any] | None = None, **values: Any) -> None:
        super().__init__(options=options or {}, tasks=set(), **values)


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
