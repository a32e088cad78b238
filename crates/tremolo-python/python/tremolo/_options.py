"""The options of `run`: those that have no effect yet, and those that a running server keeps."""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Mapping
from typing import Any

from . import _process_options
from ._tremolo import engine_options, environment_options, nearest_option

#: Options of the original and of the Rust front that do nothing here yet, with the values that
#: ask for nothing else than what is done anyway. The first one is the default.
WITHOUT_EFFECT: Mapping[str, tuple[Any, ...]] = {
    "app": (None,),
    "experimental": (False,),
    "root_path": ("",),
}

#: What `run` itself looks at. A server that runs in a loop of its caller has none of it.
OF_RUN = frozenset(
    ("bind", "host", "log_config", "log_fmt", "log_level", "loop", "port", "worker_num")
)

#: Those of them that are in the table of options, with `None` as the default of `run`.
UNSET = frozenset(("bind", "log_fmt", "log_level", "thread_pool_size", "worker_num"))

#: The keyword of the original for the certificate, its key, and the password of the key.
SSL = "ssl"

#: Where else an option can be set.
ELSEWHERE: Mapping[str, str] = {
    "buffer_size": "give `buffer_size` to the handler or to `response.write`",
    "compression": "give `compress` to the handler, or call `response.set_compression`",
    "client_max_body_size": "give `client_max_body_size` to the handler or to its route",
    "download_rate": "give `rate` to the handler or to `response.write`",
    "request_timeout": "set `request.timeout`",
}


def check(options: Mapping[str, Any]) -> None:
    """Refuses options that have no effect yet, unless they ask for what is done anyway, and names
    that are nearly those of options."""
    for name, value in options.items():
        known = name in KNOWN or nearest_option(name, list(KNOWN))
        if isinstance(known, str):
            raise ValueError(f"{name}: unknown; did you mean {known}?")
        if name in WITHOUT_EFFECT and not _is_one_of(value, WITHOUT_EFFECT[name]):
            raise ValueError(
                f"{name}={_shown(value)}: this option has no effect yet; "
                f"its default is {WITHOUT_EFFECT[name][0]!r}"
            )


def check_for_loop(options: Mapping[str, Any]) -> None:
    """The same for a server in a loop that runs already."""
    check(options)
    for name in (OF_RUN | _process_options.NAMES).intersection(options):
        raise ValueError(f"{name}={_shown(options[name])}: an option of run(), not of serve()")


def from_environment() -> dict[str, Any]:
    """The options of the environment and of the file of `TREMOLO_CONFIG`, as keywords of `run`.

    A mistake in them is a `ValueError`, which names the source, the option and what would be right.
    """
    options = environment_options()
    if options.get("worker_num") == 0:
        # One for each processor: the table has no negative numbers.
        options["worker_num"] = -1
    return options


def of_process(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a program that runs a server: what it has given, and what the environment
    adds. `None` for an option of `run` itself means that it was not given.

    The process exits with a line with the reason if the environment has a mistake.
    """
    try:
        options = from_environment()
    except ValueError as error:
        sys.exit(f"tremolo: {error}")
    given = {name: value for name, value in given.items() if value is not None or name not in UNSET}
    return {**options, **given}


def placed(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with an address: the default one, unless these or the environment have one."""
    if "bind" in options:
        return {**options, "host": None}
    if options.keys() & {"host", "port"} or not of_process({}).get("bind"):
        return {"host": "127.0.0.1", "port": 8000, **options}
    return dict(options)


class Options(dict[str, Any]):
    """`globals.options`: what `run` was given, and defaults.

    An application may add what it likes. What the server has read when it started cannot be
    changed: that would have no effect.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        defaults = {name: values[0] for name, values in WITHOUT_EFFECT.items()}
        super().__init__({**defaults, **engine_options(), SSL: None, **given})

    def __setitem__(self, name: str, value: Any) -> None:
        self._check(name, value)
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        self._check(name)
        super().__delitem__(name)

    def __ior__(self, other: Any) -> Options:  # type: ignore[override, misc]
        self.update(other)
        return self

    def clear(self) -> None:
        """Is refused: the options of the server stay."""
        raise ValueError("the options of a server stay while it runs")

    def pop(self, name: str, *default: Any) -> Any:
        """Takes an option of the application out."""
        self._check(name)
        return super().pop(name, *default)

    def popitem(self) -> tuple[str, Any]:
        """Takes the last option of the application out."""
        self._check(next(reversed(self), ""))
        return super().popitem()

    def setdefault(self, name: str, default: Any = None) -> Any:
        """The value of a name; the default becomes that if it has none."""
        if name not in self:
            self[name] = default
        return self[name]

    def update(self, *args: Any, **values: Any) -> None:
        """Sets what a mapping or keywords have."""
        for name, value in dict(*args, **values).items():
            self[name] = value

    def _check(self, name: str, *value: Any) -> None:
        if name not in ENGINE and name not in WITHOUT_EFFECT and name not in OF_THE_PROCESS:
            return
        if value and name in self and _is_one_of(value[0], (self[name],)):
            return
        text = f"{name}: it cannot change while the server runs; give it to run()"
        raise ValueError(f"{text}, or {ELSEWHERE[name]}" if name in ELSEWHERE else text)


def _is_one_of(value: Any, values: tuple[Any, ...]) -> bool:
    """Whether two values mean the same: 1 and 1.0 do, 1 and `True` do not."""
    return any(
        isinstance(value, bool) is isinstance(one, bool) and bool(value == one) for one in values
    )


def _shown(value: Any) -> str:
    """A value for an error, without secrets."""
    if isinstance(value, Mapping):
        value = {key: "***" if key == "password" else item for key, item in value.items()}
    return reprlib.repr(value)


#: What the engine knows.
ENGINE = frozenset(engine_options())

#: What else is read when a server starts.
OF_THE_PROCESS = OF_RUN | {SSL, "thread_pool_size"}

#: All names that are no application's.
KNOWN = ENGINE | frozenset(WITHOUT_EFFECT) | OF_THE_PROCESS
