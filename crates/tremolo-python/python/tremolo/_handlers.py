"""Handlers, inspected once: their arguments, and the options in their defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import _blocking, _streams
from ._suspension import can_suspend

if TYPE_CHECKING:
    from ._tremolo import AsgiTarget, StaticFiles

#: Arguments that are made for each call; all others are constants.
PER_CALL = ("request", "response", "sse", "websocket", "context")

#: The name of an object that is made for each call, a constant in a tuple, or a longer tuple: a
#: parameter of the path, or a function that makes the argument.
Argument = str | tuple[Any, ...]

#: Defaults that set the head of the response.
HEAD_OPTIONS = ("status", "content_type", "chunked")

#: The longest time that the engine takes, in seconds.
CENTURY = 100 * 366 * 86_400


@dataclass
class Handler:
    """The description of a handler, for the engine."""

    function: Callable[..., Any] | StaticFiles | AsgiTarget
    kind: str
    arguments: tuple[Argument, ...]
    names: tuple[str, ...] | None
    options: dict[str, Any] = field(default_factory=dict)
    status: tuple[int, bytes | None] | None = None
    content_type: bytes | None = None
    chunked: bool | None = None
    compress: bool | None = None
    stream: bool = True
    client_max_body_size: int | None = None
    decompress: int | None = None
    app_handler_timeout: float | None = None
    rate: int | None = None
    buffer_size: int | None = None


def inspect_handler(
    function: Callable[..., Any],
    constants: Mapping[str, Any],
    of_route: Mapping[str, Any] | None = None,
    *,
    in_path: Mapping[str, Argument] | None = None,
    view: tuple[Any, ...] | None = None,
) -> Handler:
    """Reads a handler's signature; `constants` are the arguments that never change.

    Options of the route have priority over those of the handler, which may have several routes.
    `in_path` are the arguments that its path has, `view` is the argument `self`.
    """
    known: dict[str, Argument] = dict(in_path or {})
    known |= {name: (value,) for name, value in constants.items()}
    known |= {name: name for name in PER_CALL}
    if view is not None:
        known["self"] = view
    parameters = inspect.signature(function).parameters.values()
    options = defaults(function)
    positional: list[Argument] = []
    by_name: dict[str, Argument] = {}
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            # All there is, by name.
            if not any(parameter.name == "self" for parameter in parameters):
                known.pop("self", None)
            by_name = {**{name: (value,) for name, value in options.items()}, **known}
            positional.clear()
            break
        argument = _argument(function, parameter, known)
        if parameter.kind is parameter.KEYWORD_ONLY:
            by_name[parameter.name] = argument
        else:
            positional.append(argument)
    kind, target, arguments = _target(function, (*positional, *by_name.values()))
    return Handler(
        function=target,
        kind=kind,
        arguments=arguments,
        names=tuple(by_name) or None,
        options=options,
        status=_status(options.get("status")),
        content_type=_latin1(options.get("content_type")),
        chunked=options.get("chunked"),
        compress=options.get("compress"),
        stream=options.get("stream") is not False,
        client_max_body_size=body_limit({**options, **(of_route or {})}),
        decompress=body_limit({**options, **(of_route or {})}, "decompress"),
        app_handler_timeout=handler_timeout({**options, **(of_route or {})}),
        rate=_number(function, "rate", options.get("rate")),
        buffer_size=_number(function, "buffer_size", options.get("buffer_size")) or None,
    )


def prefix_handler(target: StaticFiles | AsgiTarget) -> Handler:
    """The description of a folder, or of an ASGI application: it has no function."""
    return Handler(target, "prefix", ("request",), names=None)


def defaults(function: Callable[..., Any]) -> dict[str, Any]:
    """The options that a handler has in its signature."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def body_limit(options: Mapping[str, Any], name: str = "client_max_body_size") -> int | None:
    """The maximum size of a request body in bytes, if the options set it."""
    limit = options.get(name)
    if limit is None:
        return None
    if not isinstance(limit, int) or isinstance(limit, bool):
        raise TypeError(f"{name}: a number of bytes, not {limit!r}")
    if not 0 <= limit < 1 << 64:
        raise ValueError(f"{name}: {limit} is out of range")
    return limit


def handler_timeout(options: Mapping[str, Any]) -> float | None:
    """How many seconds a handler may take without progress, if the options set it."""
    seconds = options.get("app_handler_timeout")
    if seconds is None:
        return None
    if not isinstance(seconds, int | float):
        raise TypeError(f"app_handler_timeout: a number of seconds, not {seconds!r}")
    if not 0 <= seconds <= CENTURY:
        raise ValueError(f"app_handler_timeout: {seconds} is out of range")
    return seconds


def _argument(
    function: Callable[..., Any], parameter: inspect.Parameter, known: Mapping[str, Argument]
) -> Argument:
    name = parameter.name
    if name in known:
        return known[name]
    if parameter.default is not parameter.empty:
        return (parameter.default,)
    raise TypeError(
        f"handler {function.__qualname__}: its argument {name!r} is none that a handler is given"
    )


def _target(
    function: Callable[..., Any], arguments: tuple[Argument, ...]
) -> tuple[str, Callable[..., Any], tuple[Argument, ...]]:
    """How the handler runs, the function that is called, and its arguments."""
    if inspect.iscoroutinefunction(function):
        return ("task" if can_suspend(function) else "inline"), function, arguments
    if inspect.isasyncgenfunction(function):
        if not can_suspend(function):
            return "stream", function, arguments
        return "task", _streams.pumped(function), ("response", *arguments)
    return "task", _blocking.in_thread(function), ("response", *arguments)


def _status(value: Any) -> tuple[int, bytes | None] | None:
    if value is None:
        return None
    if isinstance(value, int):
        return value, None
    code, message = value
    return code, _latin1(message)


def _number(function: Callable[..., Any], name: str, value: Any) -> int | None:
    """A size or a rate; a negative one counts as missing."""
    if value is None or (isinstance(value, int) and value < 0):
        return None
    if not isinstance(value, int):
        raise TypeError(f"handler {function.__qualname__}: {name} is a number, not {value!r}")
    return value


def _latin1(value: str | bytes | None) -> bytes | None:
    return value.encode("latin-1") if isinstance(value, str) else value
