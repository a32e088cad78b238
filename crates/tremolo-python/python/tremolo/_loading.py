"""Applications by name: `module:attr`, `path.py`, `path.py:attr`."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

from ._options import placed
from .application import Tremolo


class NotLoaded(Exception):
    """A name leads to no application; the text is one line for the user."""


def load(name: str) -> Tremolo:
    """The application with a name. The folder of a file, or the current one for a module, is put in
    front of `sys.path`. An attribute that is not given is `app`."""
    path, colon, attribute = name.rpartition(":")
    if not colon:
        path, attribute = name, "app"
    if path.endswith(".py"):
        path = os.path.abspath(path)
        folder, module_name = os.path.split(path[: -len(".py")])
        if not os.path.isfile(path):
            raise NotLoaded(f"{path}: there is no such file")
    else:
        folder, module_name, path = os.getcwd(), path, ""
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module = _imported(module_name)
    if path and os.path.abspath(getattr(module, "__file__", None) or "") != path:
        raise NotLoaded(f"{path}: another module has the name {module_name!r}; rename the file")
    if not hasattr(module, attribute):
        raise NotLoaded(f"{module_name} has no {attribute!r}; name it as in {module_name}:NAME")
    return checked(getattr(module, attribute), f"{module_name}:{attribute}")


def checked(app: Any, name: str) -> Tremolo:
    """The application, if it is one that can be served."""
    if isinstance(app, Tremolo):
        return app
    if callable(app):
        raise NotLoaded(
            f"{name} is not an Application of this package; ASGI applications cannot be served yet"
        )
    raise NotLoaded(f"{name} is not an application, but {type(app).__name__}")


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # One that the application itself imports is shown with its traceback.
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise
        raise NotLoaded(f"there is no module {name!r}") from None


def run(app: Any, **options: Any) -> None:
    """Serves an application, given itself or by name, on 127.0.0.1:8000 if no address is given.

    The options are those of `Application.run`. ASGI applications cannot be served yet: that is a
    `TypeError`.

    >>> run("example:app", port=8080)
    """
    try:
        loaded = load(app) if isinstance(app, str) else checked(app, repr(app))
    except NotLoaded as error:
        raise TypeError(str(error)) from None
    loaded.run(**placed(options))
