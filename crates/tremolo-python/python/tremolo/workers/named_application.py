"""An application by its name, so that a new worker imports its code anew."""

from __future__ import annotations

import importlib
import multiprocessing
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._process_options import ProcessOptions
    from .._service import Service
    from ..application import Tremolo


class NamedApplication:
    """What `Task.start` is for `reload`: a function makes the application in the new process."""

    def __init__(self, make: Callable[[], Tremolo]) -> None:
        self.make = make

    def __call__(self, *args: Any) -> Coroutine[Any, Any, Service]:
        return self.make()._open(*args)


class Global:
    """A global name of a module. A call imports the module, and returns the value."""

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def __call__(self) -> Any:
        return getattr(importlib.import_module(self.module), self.name)


def start_of(app: Tremolo, process: ProcessOptions) -> Callable[..., Coroutine[Any, Any, Service]]:
    """What `Task.start` is for an application.

    A worker that is not forked makes it anew if it is known how: it need not be picklable.
    """
    method = process.start_method or multiprocessing.get_start_method()
    if process.reload or (app._remake is not None and method != "fork"):
        return named(app)
    return app._open


def named(app: Tremolo) -> NamedApplication:
    """The application for new workers. A `ValueError` if it has no name."""
    make = app._remake or global_of(app)
    if make is None:
        raise ValueError(
            "reload: a new worker has to find the application by a name; assign it to a global "
            "name of its module, as in `app = Application()`"
        )
    return NamedApplication(make)


def global_of(value: object) -> Global | None:
    """The global name of a value, if it has one.

    The main program is the last choice: what `python -m` runs has that name in this process only.
    """
    modules = sorted(sys.modules.items(), key=lambda item: item[0] == "__main__")
    for module_name, module in modules:
        for name, found in list(getattr(module, "__dict__", {}).items()):
            if found is value:
                return Global(module_name, name)
    return None
