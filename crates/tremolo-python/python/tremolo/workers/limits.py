"""The limits of a worker's life: memory, requests, time. A worker that reaches one is replaced."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from ..utils import memory_usage

if TYPE_CHECKING:
    from .._process_options import ProcessOptions


class Limits(NamedTuple):
    """The limits of one process; 0: none."""

    #: KiB.
    memory: int = 0
    requests: int = 0
    #: Seconds.
    lifetime: float = 0.0

    @classmethod
    def with_jitter(cls, options: ProcessOptions) -> Limits:
        """Those of the options, each lower by up to `worker_jitter` percent at random, so that
        workers that started together do not end together."""

        def lower(limit: float) -> float:
            return limit * (1 - random.random() * options.worker_jitter / 100)

        return cls(
            memory=round(lower(options.limit_memory)),
            # At least one: no number below it means anything.
            requests=max(round(lower(options.worker_max_requests)), 1)
            if options.worker_max_requests
            else 0,
            lifetime=lower(options.worker_lifetime),
        )

    def reached(self, pid: int, age: float, requests: int) -> str | None:
        """Which limit a process has reached, for the log."""
        if 0 < self.lifetime <= age:
            return f"it has lived for {age:.3g} s"
        if 0 < self.requests <= requests:
            return f"it has served {requests} requests"
        if self.memory and (used := memory_usage(pid)) > self.memory:
            return f"it uses {used} KiB of memory"
        return None
