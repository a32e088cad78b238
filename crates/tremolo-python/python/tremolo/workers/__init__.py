"""Several processes that serve one application: the supervisor, its workers, what they share.

`TremoloWorker` is a worker of gunicorn: `gunicorn -k tremolo.workers.TremoloWorker`.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    # gunicorn is there only if it has started this process.
    if name == "TremoloWorker":
        from .gunicorn_worker import TremoloWorker

        return TremoloWorker
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
