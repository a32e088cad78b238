"""An application by its name, so that a new worker imports its code anew."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._service import Service


class NamedApplication:
    """What `Task.start` is for `reload`: an attribute of a module, imported when it is called."""

    def __init__(self, module: str, attribute: str) -> None:
        self.module = module
        self.attribute = attribute

    def __call__(self, *args: Any) -> Coroutine[Any, Any, Service]:
        module = importlib.import_module(self.module)
        opened: Coroutine[Any, Any, Service] = getattr(module, self.attribute)._open(*args)
        return opened


def named(app: object) -> NamedApplication:
    """The name of an application that is an attribute of a module.

    The main program is the last choice: what `python -m` runs has that name in this process only.
    """
    modules = sorted(sys.modules.items(), key=lambda item: item[0] == "__main__")
    for name, module in modules:
        for attribute, value in list(getattr(module, "__dict__", {}).items()):
            if value is app:
                return NamedApplication(name, attribute)
    raise ValueError(
        "reload: a new worker has to find the application by a name; assign it to a global name of "
        "its module, as in `app = Application()`"
    )
