"""Views: classes, modules and objects whose functions serve one method of HTTP each."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple


class Method(NamedTuple):
    """A function of a view."""

    function: Callable[..., Any]
    #: Its argument `self`: a constant in a tuple, or a function that makes it for each request.
    view: tuple[Any] | tuple[str, Callable[[], Any]] | None


def methods(view: object, options: Mapping[str, Any]) -> dict[str, Method]:
    """The functions of a view by method; `options` are for the constructor of a class."""
    found: dict[str, Method] = {}
    for name, function in inspect.getmembers(view):
        if name.startswith("_") or not _is_function(function):
            continue
        if isinstance(view, ModuleType):
            if function.__module__ != view.__name__:
                continue
            found[name.upper()] = Method(function, (view,))
        elif isinstance(view, type):
            make = functools.partial(view, **options)
            found[name.upper()] = Method(function, ("make", make))
        else:
            found[name.upper()] = Method(function, None)
    return found


def _is_function(value: object) -> bool:
    return inspect.isfunction(value) or inspect.ismethod(value)
