"""Routes and middleware with the arguments of their functions, for Rust to compile."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from . import _views
from ._entries import MiddlewareEntry, MountEntry, RouteEntry
from ._handlers import Handler, inspect_handler, prefix_handler
from ._interfaces import Draft
from ._path_arguments import of_path, place
from ._registry import Registry
from ._tremolo import StaticFiles
from .asgi import ASGI
from .wsgi import WSGI


def draft_of(
    app: Registry, constants: Mapping[str, Any], prefix: str = "", *, sends_ids: bool = False
) -> Draft:
    """The draft of an application; `constants` are the arguments that never change. `prefix` is
    where it is mounted. `sends_ids`: each response has the identifier of its request."""
    draft = Draft([], [], [], bool(app._pages))
    if sends_ids:
        draft.on_response.append((PRIORITY_OF_IDS, inspect_handler(_send_id, constants)))
    for entry in app._entries:
        if isinstance(entry, RouteEntry):
            draft.entries.append(_route(entry, constants))
        elif isinstance(entry, MiddlewareEntry):
            middleware = inspect_handler(entry.function, {**constants, **entry.options})
            chain = draft.on_request if entry.kind == "request" else draft.on_response
            chain.append((entry.priority, middleware))
        elif isinstance(entry, MountEntry):
            if isinstance(entry.target, StaticFiles):
                draft.entries.append(("folder", entry.prefix, prefix_handler(entry.target), ""))
            elif isinstance(entry.target, ASGI):
                target = entry.target._target(prefix + entry.prefix)
                draft.entries.append(("folder", entry.prefix, prefix_handler(target), ""))
            elif isinstance(entry.target, WSGI):
                wsgi = inspect_handler(entry.target._handler(prefix + entry.prefix), constants)
                draft.entries.append(("folder", entry.prefix, wsgi, ""))
            else:
                below = draft_of(entry.target, constants, prefix + entry.prefix.rstrip("/"))
                draft.entries.append(("mount", entry.prefix, below, ""))
    return draft


async def _send_id(request: Any, response: Any) -> None:
    response.set_header("X-Request-Id", request.id)


#: After middleware that may change the response.
PRIORITY_OF_IDS = -1000


def _route(entry: RouteEntry, constants: Mapping[str, Any]) -> tuple[str, str, Any, str]:
    path, target, options, arguments = entry
    constants = {**constants, **arguments}
    if inspect.isroutine(target):
        in_path = of_path(target, path)
        handler = inspect_handler(target, constants, options, in_path=in_path)
        return "route", path, handler, place(target)
    handlers: dict[str, Handler] = {}
    for method, (function, view) in _views.methods(target, options).items():
        in_path = of_path(function, path)
        handler = inspect_handler(function, constants, options, in_path=in_path, view=view)
        handlers[method] = handler
    return "view", path, handlers, place(target)
