"""The values of options that `run` takes: from text to Python."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from .._logging import LEVELS
from .._options import ENGINE, OF_RUN, WITHOUT_EFFECT
from .._tremolo import engine_options, parse_option

#: The options that are keywords of `run`, with their defaults as far as they are known here.
DEFAULTS: Mapping[str, Any] = {
    **{name: values[0] for name, values in WITHOUT_EFFECT.items() if name != "app"},
    **engine_options(),
    **dict.fromkeys(OF_RUN - {"bind", "log_config"}),
}

#: Options without a value: `--debug`, and `--no-ws` for those that are on by default.
SWITCHES = frozenset(name for name, value in DEFAULTS.items() if isinstance(value, bool))

#: Those that only Python has, and that are numbers.
NUMBERS = frozenset(("port", "worker_num"))


def value_of(name: str, text: str) -> Any:
    """The value of an option. A `ValueError` continues "It": what it must be."""
    if name in ENGINE:
        return parse_option(name, text)
    if name == "log_level" and text.upper() not in _levels():
        raise ValueError(f"must be one of {', '.join(_levels()).lower()}")
    if name not in NUMBERS:
        return text
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def _levels() -> list[str]:
    return [*LEVELS, *logging.getLevelNamesMapping()]


def switched(name: str, text: str | None) -> Any:
    """The value of a switch: on, unless it has a value behind a `=`."""
    if text is None or name not in ENGINE:
        return True
    return value_of(name, text)
