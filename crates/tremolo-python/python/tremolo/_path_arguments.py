"""The parameters of a path as arguments of its handler, converted as they are annotated."""

from __future__ import annotations

import inspect
import math
import re
import types
import uuid
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from ._handlers import PER_CALL, Argument
from ._tremolo import parameters

#: Converts the text of a parameter; a `ValueError` is a 404.
Convert = Callable[[str], object]

#: Names of arguments that a handler can have anyway.
TAKEN = frozenset({*PER_CALL, "app", "globals", "lock", "logger", "loop", "self"})


def check(path: str) -> None:
    """Raises a `ValueError` for a path that cannot be used."""
    is_expression, names = parameters(path)
    if is_expression:
        return
    for name in names:
        if name in TAKEN:
            raise ValueError(f"the path {path!r}: {name!r} is another argument of handlers")


def of_path(function: Callable[..., Any], path: str) -> dict[str, Argument]:
    """The arguments that the path of a handler has, by name."""
    is_expression, names = parameters(path)
    if is_expression:
        return {name: ("sent", name) for name in names}
    annotations = _annotations(function) if names else {}
    return {name: _argument(function, name, annotations.get(name, str)) for name in names}


def place(target: object) -> str:
    """Where a handler or a view is in the program."""
    code = getattr(inspect.unwrap(target), "__code__", None) if callable(target) else None
    if code is not None:
        return f"{code.co_filename}:{code.co_firstlineno}"
    try:
        lines = inspect.getsourcelines(target)[1]  # type: ignore[arg-type]
        return f"{inspect.getsourcefile(target)}:{max(lines, 1)}"  # type: ignore[arg-type]
    except (OSError, TypeError):
        return repr(target)


def _annotations(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        signature = inspect.signature(function, eval_str=True)
    except Exception:
        # An annotation of another argument may need a name that only type checkers know.
        signature = inspect.signature(function)
    found = signature.parameters.values()
    return {p.name: p.annotation for p in found if p.annotation is not p.empty}


def _argument(function: Callable[..., Any], name: str, annotation: Any) -> Argument:
    known = _without_extras(annotation)
    if known is bytes or known == "bytes":
        return ("sent", name)
    try:
        return ("decoded", name, CONVERSIONS[known])
    except (KeyError, TypeError):
        shown = getattr(annotation, "__name__", annotation)
        message = (
            f"handler {function.__qualname__}: its argument {name!r} is a parameter of the path, "
            f"which can be str, int, float, uuid.UUID or bytes, not {shown}"
        )
        raise TypeError(message) from None


def _without_extras(annotation: Any) -> Any:
    """`X` of `Annotated[X, ...]` and of `X | None`."""
    if get_origin(annotation) is Annotated:
        return _without_extras(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        members = [member for member in get_args(annotation) if member is not types.NoneType]
        if len(members) == 1:
            return _without_extras(members[0])
    return annotation


def _int(text: str) -> int:
    """Digits only: `int` reads `1_0`, ` 1` and digits of other scripts too."""
    return int(_matching(INTEGER, text))


def _float(text: str) -> float:
    number = float(_matching(NUMBER, text))
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _uuid(text: str) -> uuid.UUID:
    return uuid.UUID(_matching(IDENTIFIER, text))


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text) is None:
        raise ValueError(text)
    return text


INTEGER = re.compile("-?[0-9]+")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
#: RFC 9562, section 4.
IDENTIFIER = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

#: By annotation, or by its name where it could not be evaluated. `None`: the text itself.
CONVERSIONS: Mapping[Any, Convert | None] = {
    str: None,
    object: None,
    Any: None,
    int: _int,
    float: _float,
    uuid.UUID: _uuid,
    "str": None,
    "object": None,
    "Any": None,
    "int": _int,
    "float": _float,
    "UUID": _uuid,
    "uuid.UUID": _uuid,
}
