"""An ASGI application as a part of an `Application`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from .._logging import error_logger
from .._tremolo import AsgiTarget
from ._lifespan import MODES, Lifespan

if TYPE_CHECKING:
    from ..lib.contexts import WorkerContext

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
ASGIApplication = Callable[[Any, Any, Any], Awaitable[None]]


class ASGI:
    """An ASGI application to be mounted: `Application.mount("/api", ASGI(api))`.

    `lifespan` is `auto` (an application that does not know the protocol does without it), `on`
    (then it does not start), or `off`. `root_path` is the path that a proxy in front has removed
    from the requests. `timeout` is how many seconds a request may make no progress. Without it, a
    request may take any time.

    The prefix is added to `root_path`, and it stays in the path.
    """

    def __init__(
        self,
        app: ASGIApplication,
        *,
        lifespan: str = "auto",
        root_path: str = "",
        timeout: float | None = None,
    ) -> None:
        if not callable(app):
            raise TypeError(f"an ASGI application is callable, and {app!r} is not")
        if lifespan not in MODES:
            raise ValueError(f"lifespan: one of {', '.join(MODES)}, not {lifespan!r}")
        if not isinstance(root_path, str):
            raise TypeError(f"root_path: a string, not {root_path!r}")
        self.app = app
        self.lifespan = lifespan
        self.root_path = root_path.rstrip("/")
        self.timeout = timeout
        #: The namespace that the lifespan fills, and that each request gets a copy of.
        self.state: dict[str, Any] = {}
        self._lifespan: Lifespan | None = None

    def __repr__(self) -> str:
        return f"ASGI({self.app!r})"

    def __getstate__(self) -> dict[str, Any]:
        """For a worker that is not forked."""
        return {**self.__dict__, "state": {}, "_lifespan": None}

    def _target(self, prefix: str) -> AsgiTarget:
        """The target of its route."""
        root_path = self.root_path + prefix.rstrip("/")
        return AsgiTarget(self.app, root_path, self.root_path, self.state, self.timeout)

    async def _start(self, context: WorkerContext, logger: logging.Logger) -> None:
        """The hook of a worker that starts."""
        self.state.clear()
        if self.lifespan != "off":
            self._lifespan = Lifespan(self.app, self.state, error_logger(logger), context)
            await self._lifespan.start(is_needed=self.lifespan == "on")

    async def _stop(self) -> None:
        """The hook of a worker that stops."""
        lifespan, self._lifespan = self._lifespan, None
        if lifespan is not None:
            await lifespan.stop()
