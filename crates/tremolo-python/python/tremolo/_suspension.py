"""Whether a coroutine can suspend, told from its code.

A function without `await`, `async for`, `async with` never gives control to the loop: it can be
finished inside one call. An asynchronous generator without them suspends only to yield.
"""

from __future__ import annotations

import dis
from collections.abc import Callable
from types import CodeType
from typing import Any

_AWAITING = frozenset({"GET_AWAITABLE", "GET_ANEXT", "SEND"})


def can_suspend(function: Callable[..., Any]) -> bool:
    """Whether a coroutine function may wait for something. If in doubt, it may."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return True
    return any(step.opname in _AWAITING for step in dis.get_instructions(code))
