"""Whether a coroutine can suspend, read from its byte code.

A function without `await`, `async for`, `async with` never returns control to the loop: it is
finished in one call. An asynchronous generator without them suspends only to yield.
"""

from __future__ import annotations

import dis
from collections.abc import Callable
from types import CodeType
from typing import Any

_AWAITING = frozenset({"GET_AWAITABLE", "GET_ANEXT", "SEND"})


def can_suspend(function: Callable[..., Any]) -> bool:
    """Whether a coroutine function may suspend; true for functions without byte code."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return True
    return any(step.opname in _AWAITING for step in dis.get_instructions(code))
