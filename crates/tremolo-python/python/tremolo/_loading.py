"""Applications by name: `module:attr`, `path.py`, `path.py:attr`."""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import sys
from collections.abc import Callable
from typing import Any

from ._options import placed
from .application import Tremolo
from .asgi import ASGI
from .wsgi import WSGI

#: The kinds of foreign applications.
INTERFACES = ("auto", "asgi", "wsgi")

#: As many arguments as an ASGI application has.
ASGI_ARGUMENTS = ("scope", "receive", "send")


class NotLoaded(Exception):
    """A name leads to no application; the text is one line for the user."""


def load(name: str) -> Any:
    """The application with a name, of any kind. The folder of a file, or the current one for a
    module, is put in front of `sys.path`. An attribute that is not given is `app`."""
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
    return getattr(module, attribute)


def served(app: Any, name: str, options: dict[str, Any]) -> Tremolo:
    """An `Application` that serves an application of any kind. The options that are for the kind
    are taken out of `options`: `interface`, `lifespan` and `root_path`."""
    if isinstance(app, Tremolo):
        return app
    if not callable(app):
        raise NotLoaded(f"{name} is not an application, but {type(app).__name__}")
    interface = options.pop("interface", "auto")
    lifespan, root_path = options.pop("lifespan", "auto"), options.pop("root_path", "")
    if interface not in INTERFACES:
        raise NotLoaded(f"interface: one of {', '.join(INTERFACES)}, not {interface!r}")
    if interface == "auto":
        interface = "asgi" if is_asgi(app) else "wsgi"
    timeout = options.get("app_handler_timeout")
    target: ASGI | WSGI
    try:
        if interface == "wsgi":
            target = WSGI(app, root_path=root_path)
        else:
            target = ASGI(app, lifespan=lifespan, root_path=root_path, timeout=timeout)
    except (TypeError, ValueError) as error:
        raise NotLoaded(str(error)) from None
    application = Tremolo()
    application.mount("/", target)
    return application


def is_asgi(app: Callable[..., Any]) -> bool:
    """Whether it is an application of ASGI 3, and not of WSGI: a coroutine function, an object with
    such a `__call__`, or a function of three arguments."""
    function = inspect.unwrap(app.func if isinstance(app, functools.partial) else app)
    if not inspect.isroutine(function) and not inspect.isclass(function):
        function = function.__call__
    if inspect.iscoroutinefunction(function):
        return True
    try:
        inspect.signature(app).bind(*ASGI_ARGUMENTS)
    except (TypeError, ValueError):
        return False
    return not inspect.isclass(app) or hasattr(app, "__await__")


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # One that the application itself imports is shown with its traceback.
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise
        raise NotLoaded(f"there is no module {name!r}") from None


def run(app: Any, **options: Any) -> None:
    """Serves an application, given itself or by name, on 127.0.0.1:8000 if no address is given: an
    `Application` of this package, or one of ASGI 3 or of WSGI.

    The options are those of `Application.run`. An ASGI application has three more: `lifespan`
    (`auto`, `on`, `off`), `root_path`, the path that a proxy in front has removed, and `interface`
    (`auto`, `asgi`, `wsgi`) for one whose kind is not recognized. The time of its requests is not
    limited, unless `app_handler_timeout` is given.

    >>> run("example:app", port=8080)
    """
    name = app if isinstance(app, str) else repr(app)
    try:
        loaded = served(load(app) if isinstance(app, str) else app, name, options)
    except NotLoaded as error:
        raise TypeError(str(error)) from None
    loaded.run(**placed(options))
