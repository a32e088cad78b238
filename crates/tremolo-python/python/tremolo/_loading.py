"""Applications by name: `module:attr`, `module:factory()`, `path.py`, `path.py:attr`."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ._options import placed
from ._tremolo import StaticFiles
from .application import Tremolo
from .asgi import ASGI
from .rsgi import RSGI
from .wsgi import WSGI

if TYPE_CHECKING:
    from ._tremolo import Response

#: The options of an application that is not of this package.
KIND = ("interface", "lifespan", "root_path")

#: The kinds of applications.
INTERFACES = ("auto", "asgi", "wsgi", "rsgi", "tremolo")

#: As many arguments as an ASGI application has.
ASGI_ARGUMENTS = ("scope", "receive", "send")


class NotLoaded(Exception):
    """A name leads to no application; the text is one line for the user."""


@dataclasses.dataclass(frozen=True)
class Source:
    """An application by its name, with what is added to it. A call makes it, in any process."""

    name: str
    #: The options of its kind: `interface`, `lifespan`, `root_path`, `app_handler_timeout`.
    kind: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    #: Where modules are imported from; the current folder if it is empty.
    folder: str = ""
    #: Whether the name is that of a function which returns the application.
    factory: bool = False
    #: Pairs of a prefix and a folder with static files.
    static: Sequence[tuple[str, str]] = ()
    #: Fields of each response.
    headers: Sequence[tuple[bytes, bytes]] = ()

    def __call__(self) -> Tremolo:
        loaded = load(self.name, self.folder, factory=self.factory)
        app = served(loaded, self.name, dict(self.kind))
        for prefix, folder in self.static:
            app.mount(prefix, StaticFiles(folder))
        if self.headers:
            app.add_middleware(_appends(self.headers), "response")
        app._remake = self
        return app


def load(name: str, folder: str = "", *, factory: bool = False) -> Any:
    """The application with a name, of any kind. The folder of a file, or `folder` for a module, is
    put in front of `sys.path`. An attribute that is not given is `app`."""
    path, colon, attribute = name.rpartition(":")
    if not colon:
        path, attribute = name, "app"
    if attribute.endswith("()"):
        attribute, factory = attribute[:-2], True
    folder = os.path.abspath(folder)
    if path.endswith(".py"):
        path = os.path.join(folder, path)
        folder, module_name = os.path.split(os.path.abspath(path)[: -len(".py")])
        if not os.path.isfile(path):
            raise NotLoaded(f"{path}: there is no such file")
    else:
        module_name, path = path, ""
    if not module_name:
        raise NotLoaded(f"{name!r}: a module is missing, as in module:{attribute}")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    module = _imported(module_name)
    file = os.path.realpath(getattr(module, "__file__", None) or "")
    if path and file != os.path.realpath(path):
        raise NotLoaded(f"{path}: another module has the name {module_name!r}; rename the file")
    value = _attribute(module, attribute)
    if not factory:
        return value
    if not callable(value):
        raise NotLoaded(f"{name} is not a function, but {type(value).__name__}")
    return value()


def _attribute(module: ModuleType, path: str) -> Any:
    """A dotted attribute of a module."""
    value: Any = module
    above = module.__name__
    for name in path.split("."):
        if not hasattr(value, name):
            near = difflib.get_close_matches(name, dir(value), 1)
            hint = f"did you mean {near[0]!r}?" if near else f"name it as in {above}:NAME"
            raise NotLoaded(f"{above} has no {name!r}; {hint}")
        value, above = getattr(value, name), f"{above}:{name}" if value is module else above
    return value


def served(app: Any, name: str, options: dict[str, Any]) -> Tremolo:
    """An `Application` that serves an application of any kind. A callable one of RSGI is taken for
    another kind, unless `interface` names it. The options that are for the kind are taken out of
    `options`: `interface`, `lifespan` and `root_path`."""
    interface = options.pop("interface", "auto")
    if isinstance(app, Tremolo) and interface in ("auto", "tremolo"):
        if options.get("root_path"):
            raise NotLoaded("root_path: for applications of ASGI and WSGI; mount this one instead")
        return app
    is_rsgi = interface in ("auto", "rsgi") and hasattr(app, "__rsgi__")
    if isinstance(app, Tremolo) or interface == "tremolo" or not (callable(app) or is_rsgi):
        kind = f"of {interface}" if interface != "auto" else ""
        text = " ".join(f"{name} is not an application {kind}".split())
        raise NotLoaded(f"{text}, but {type(app).__name__}")
    lifespan, root_path = options.pop("lifespan", "auto"), options.pop("root_path", "")
    if interface not in INTERFACES:
        raise NotLoaded(f"interface: one of {', '.join(INTERFACES)}, not {interface!r}")
    if interface == "auto":
        interface = "rsgi" if not callable(app) else "asgi" if is_asgi(app) else "wsgi"
    if interface == "rsgi" and root_path:
        raise NotLoaded("root_path: not for applications of RSGI; mount them below a prefix")
    timeout = options.get("app_handler_timeout")
    target: ASGI | WSGI
    try:
        if interface == "wsgi":
            target = WSGI(app, root_path=root_path)
        elif interface == "rsgi":
            target = RSGI(app, timeout=timeout)
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


def _appends(headers: Sequence[tuple[bytes, bytes]]) -> Callable[..., Coroutine[Any, Any, None]]:
    """The middleware for fields of each response."""

    async def append(response: Response) -> None:
        for name, value in headers:
            response.append_header(name, value)

    return append


def _by_name(name: str, options: dict[str, Any]) -> Tremolo:
    kind = {one: options.pop(one) for one in KIND if one in options}
    if "app_handler_timeout" in options:
        kind["app_handler_timeout"] = options["app_handler_timeout"]
    return Source(name, kind)()


def run(app: Any, **options: Any) -> None:
    """Serves an application, given itself or by name, on 127.0.0.1:8000 if no address is given: an
    `Application` of this package, or one of ASGI 3, of WSGI or of RSGI.

    The options are those of `Application.run`. An ASGI application has three more: `lifespan`
    (`auto`, `on`, `off`), `root_path`, the path that a proxy in front has removed, and `interface`
    (`auto`, `asgi`, `wsgi`, `rsgi`) for one whose kind is not recognized: a callable one of RSGI.
    The time of its requests is not limited, unless `app_handler_timeout` is given.

    >>> run("example:app", port=8080)
    """
    name = app if isinstance(app, str) else repr(app)
    try:
        loaded = _by_name(app, options) if isinstance(app, str) else served(app, name, options)
    except NotLoaded as error:
        raise TypeError(str(error)) from None
    loaded.run(**placed(options))
