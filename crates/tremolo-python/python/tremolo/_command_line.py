"""The command line: the names of the table of options, with dashes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from ._options import ENGINE, OF_RUN, WITHOUT_EFFECT
from ._tremolo import engine_options, parse_option

#: What is called for an option: with its `value` and all `options`. A number ends the program.
Callback = Callable[..., int | None]


def parse(
    arguments: Sequence[str], callbacks: Mapping[str, Callback], options: dict[str, Any]
) -> list[str]:
    """Adds options for `Application.run`, and returns what is none; exits with 1 if there is an
    error.

    A callback is for a name that is not in the table of options.
    """
    others: list[str] = []
    left = iter(arguments)
    for argument in left:
        if not argument.startswith("--"):
            others.append(argument)
            continue
        option, equals, text = argument.partition("=")
        name = option[2:].replace("-", "_")
        value = _Value(option, text if equals else None, left)
        if name in SWITCHES:
            options[name] = True
        elif name.startswith("no_") and name[3:] in SWITCHES:
            options[name[3:]] = False
        elif name in KINDS:
            options[name] = value.converted(name)
        elif name in ("ssl_cert", "ssl_key"):
            options.setdefault("ssl", {})[name[4:]] = value.text()
        elif name in callbacks:
            # Of `--help` it is whatever comes next.
            code = callbacks[name](value=value.text(""), options=options)
            if code is not None:
                sys.exit(code)
        else:
            _fail(f'Unrecognized option "{option}"')
    return others


def lines() -> Iterator[str]:
    """The options with their defaults, for `--help`."""
    for name in sorted(KINDS.keys() | SWITCHES):
        option = f"--{name.replace('_', '-')}"
        default = DEFAULTS.get(name)
        if name not in SWITCHES:
            option += " TEXT" if KINDS[name] is str else " NUMBER"
        elif default is True:
            option = f"--no-{name.replace('_', '-')}"
        text = "" if default is None or name in SWITCHES else f"Default {default!r}"
        if name in WITHOUT_EFFECT:
            text = "Not available yet"
        yield f"  {option:<37} {text}".rstrip()


class _Value:
    """The value of an option: behind its `=`, or the next argument."""

    def __init__(self, option: str, given: str | None, left: Iterator[str]) -> None:
        self._option = option
        self._given = given
        self._left = left

    def text(self, default: str | None = None) -> str:
        text = self._given if self._given is not None else next(self._left, default)
        if text is None:
            _fail(f"Invalid {self._option}: it needs a value")
        return text

    def converted(self, name: str) -> Any:
        text = self.text()
        try:
            return parse_option(name, text) if name in ENGINE else KINDS[name](text)
        except ValueError as error:
            reason = error if name in ENGINE else "must be a whole number"
            _fail(f'Invalid {self._option} value "{text}". It {reason}')


def _fail(text: str) -> NoReturn:
    print(text)
    sys.exit(1)


#: The defaults of all options that the command line has, as far as they are known here.
DEFAULTS: Mapping[str, Any] = {
    **{name: values[0] for name, values in WITHOUT_EFFECT.items() if name != "app"},
    **engine_options(),
    "host": "127.0.0.1",
    "port": 8000,
    "thread_pool_size": 5,
    "worker_num": None,
    **dict.fromkeys(OF_RUN - {"bind", "host", "port", "worker_num"}),
}

#: Options without a value: `--debug`, and `--no-ws` for those that are on by default.
SWITCHES = frozenset(name for name, value in DEFAULTS.items() if isinstance(value, bool))

_NUMBERS = ("max_connections", "worker_num")

#: The types of the others.
KINDS: Mapping[str, type] = {
    name: int if name in _NUMBERS else type(value) if isinstance(value, int | float) else str
    for name, value in DEFAULTS.items()
    if name not in SWITCHES
}
