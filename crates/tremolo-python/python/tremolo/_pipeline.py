"""The pipeline of a request that has middleware: `on_request`, the handler, `on_response`.

When `on_response` runs is decided in Rust (`bindings/request/head_gate.rs`): before a head is
sent, once, by the task that sends it.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING

from ._failures import get_logger
from ._streams import END

if TYPE_CHECKING:
    from ._tremolo import Callee, Request

Chain = tuple["Callee", ...]


class Current:
    """The request that a task serves, until it is over: other tasks inherit the context."""

    __slots__ = ("on_request", "request")

    def __init__(self, request: Request, on_request: Chain) -> None:
        self.request: Request | None = request
        self.on_request = on_request


_current: ContextVar[Current | None] = ContextVar("tremolo_current", default=None)

#: The request whose `on_response` middleware is the caller.
_inside: ContextVar[Sequence[Request]] = ContextVar("tremolo_inside", default=())


async def serve(request: Request, on_request: Chain, target: Callee) -> object:
    """Runs middleware and handler; returns the reply."""
    current = Current(request, on_request)
    _current.set(current)
    try:
        for middleware in on_request:
            reply = await call(middleware, request)
            if reply is not None:
                break
            if not request._is_unanswered():
                # It has sent the response itself.
                return None
        else:
            reply = await call(target, request)
        return await _replaced(request, reply)
    finally:
        current.request = None


async def call(callee: Callee, request: Request) -> object:
    """Calls a handler or middleware."""
    reply = callee(request)
    return await reply if inspect.isawaitable(reply) else reply


async def _replaced(request: Request, reply: object) -> object:
    """A body that is returned passes `on_response`. Generators pass when they send a piece."""
    if reply is None or reply is True or hasattr(reply, "__anext__") or hasattr(reply, "__next__"):
        return reply
    middleware = request._before_head(reply is not END)
    if middleware is None:
        return reply
    replacement = await middleware
    if replacement is not None:
        return replacement
    # It may have sent the response itself.
    return reply if request._is_unanswered() else None


async def on_response(request: Request, middlewares: Chain, replaceable: bool) -> object:
    """Runs the middleware before a head; returns the body that replaces that of the response."""
    # Not a token: a coroutine that is never finished is closed in another context.
    inside, outer = [request], _inside.get()
    _inside.set(inside)
    has_failed = True
    try:
        for middleware in middlewares:
            reply = await call(middleware, request)
            if not request._is_unanswered():
                # It has sent the response itself.
                break
            if reply is None:
                continue
            if replaceable:
                has_failed = False
                return reply
            get_logger().error("%r: there is no body that on_response could replace", request)
        has_failed = False
        return None
    finally:
        inside.clear()
        _inside.set(outer)
        request._head_hooks_done(has_failed)


def is_inside(request: Request) -> bool:
    """Whether the caller is the `on_response` middleware of a request."""
    inside = _inside.get()
    return bool(inside) and inside[0] is request


async def run_again(name: str) -> bool | None:
    """Runs the middleware of the current request: implements `run_middlewares`."""
    current = _current.get()
    request = current.request if current is not None else None
    if current is None or request is None:
        return None
    if name == "request":
        for middleware in current.on_request:
            if await call(middleware, request) is not None:
                return True
        return None
    waiting = request._before_head(False)
    if waiting is not None:
        await waiting
    return None if request._is_unanswered() else True
