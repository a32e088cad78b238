"""The options of the processes of a program: limits of workers, how they start, `reload`."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from ._tremolo import process_options


class ProcessOptions(NamedTuple):
    """Options that only the program itself knows; their documentation is in the table of options.

    Sizes are KiB, durations seconds, and 0 is none.
    """

    limit_memory: int
    worker_lifetime: float
    worker_max_requests: int
    worker_jitter: int
    worker_heartbeat_timeout: float
    preload: bool
    reload: bool
    reload_dirs: str

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> ProcessOptions:
        """Those among the options of `run`. A `ValueError` if one is wrong, or if two contradict
        each other."""
        own = cls(**process_options(dict(options)))
        if own.preload and own.reload:
            raise ValueError("preload: not with reload, for which workers import their code anew")
        for folder in own.folders:
            if not os.path.isdir(folder):
                raise ValueError(f"reload_dirs: there is no folder {folder!r}")
        if own.preload and "fork" not in multiprocessing.get_all_start_methods():
            raise ValueError("preload: this system cannot fork")
        return own

    @property
    def wants_supervisor(self) -> bool:
        """Whether a single worker needs a supervisor as well."""
        return bool(self.has_limits or self.worker_heartbeat_timeout or self.preload or self.reload)

    @property
    def has_limits(self) -> bool:
        """Whether a worker is replaced after some time."""
        return bool(self.limit_memory or self.worker_lifetime or self.worker_max_requests)

    @property
    def start_method(self) -> str | None:
        """How workers start; `None`: as `multiprocessing` decides."""
        return "fork" if self.preload else "spawn" if self.reload else None

    @property
    def folders(self) -> list[str]:
        """The folders of `reload_dirs`."""
        return [folder.strip() for folder in self.reload_dirs.split(",") if folder.strip()]

    @property
    def heartbeat(self) -> float | None:
        """Seconds between two heartbeats of a worker, if it needs any."""
        if not (self.worker_heartbeat_timeout or self.worker_max_requests):
            return None
        return min(HEARTBEAT, self.worker_heartbeat_timeout / 4 or HEARTBEAT)

    @property
    def check(self) -> float | None:
        """Seconds between two checks of the workers by the supervisor, if it needs any."""
        if not (self.has_limits or self.worker_heartbeat_timeout or self.reload):
            return None
        return min(CHECK, self.worker_heartbeat_timeout / 4 or CHECK)


#: The longest times between heartbeats, and between checks, in seconds.
HEARTBEAT, CHECK = 0.25, 0.5


#: The names of all options of the program, which a server in a loop of its caller does not have.
NAMES = frozenset((*ProcessOptions._fields, "pid_file", "start_timeout"))
